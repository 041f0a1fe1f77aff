/** A thousand canaries, one in every place where content can be: none may be seen in anything that leaves while content is off. */
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { Mistral } from '@mistralai/mistralai';
import type { RecordedRequest, Reply } from '@tallyspan/fake-provider';
import { CohereClientV2 } from 'cohere-ai';
import { expect, it } from 'vitest';
import { harness } from '../test/harness.ts';
import { agent, role, tool } from './index.ts';
import { watch } from './watch.ts';

const h = harness();

let planted = 0;
const canary = () => `kanarienvogel-${String(++planted).padStart(5, '0')}`;
/** A data URL, as images come. */
const image = () => `data:image/png;base64,${Buffer.from(canary()).toString('base64')}`;

const parameters = () => ({ type: 'object', properties: { [canary()]: { type: 'string', description: canary() } } });

const chatMessages = () => [
  { role: 'system', content: canary(), name: canary() },
  { role: 'developer', content: [{ type: 'text', text: canary() }] },
  {
    role: 'user',
    content: [
      { type: 'text', text: canary() },
      { type: 'image_url', image_url: { url: image() } },
      { type: 'input_audio', input_audio: { data: canary(), format: 'wav' } },
      { type: 'file', file: { file_data: canary(), filename: canary() } },
    ],
  },
  {
    role: 'assistant',
    content: canary(),
    refusal: canary(),
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'find', arguments: `{"q":"${canary()}"}` } }],
  },
  { role: 'tool', tool_call_id: 'call_1', content: canary() },
];
const chat = (): object => ({
  model: 'gpt-4o',
  messages: chatMessages(),
  tools: [{ type: 'function', function: { name: 'find', description: canary(), parameters: parameters() } }],
  user: canary(),
  safety_identifier: canary(),
  prompt_cache_key: canary(),
  metadata: { note: canary() },
  prediction: { type: 'content', content: canary() },
  response_format: { type: 'json_schema', json_schema: { name: 'shape', description: canary(), schema: parameters() } },
});
const responses = (): object => ({
  model: 'gpt-4o',
  instructions: canary(),
  input: [
    {
      role: 'user',
      content: [
        { type: 'input_text', text: canary() },
        { type: 'input_image', image_url: image() },
      ],
    },
    { type: 'function_call', call_id: 'c', name: 'find', arguments: `{"q":"${canary()}"}` },
    { type: 'function_call_output', call_id: 'c', output: canary() },
  ],
  tools: [{ type: 'function', name: 'find', description: canary(), parameters: parameters(), strict: false }],
  user: canary(),
  metadata: { note: canary() },
});
const message = (): object => ({
  model: 'claude-sonnet-4-20250514',
  max_tokens: 16,
  system: [{ type: 'text', text: canary() }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: canary() },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: canary() } },
        { type: 'document', title: canary(), source: { type: 'text', media_type: 'text/plain', data: canary() } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: canary(), signature: 's' },
        { type: 'tool_use', id: 't', name: 'find', input: { q: canary() } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: canary() }] },
  ],
  tools: [{ name: 'find', description: canary(), input_schema: parameters() }],
  metadata: { user_id: canary() },
});

/** The far end quotes all it was sent: as an answer, as a stream, in an error's body and in its headers. */
function quoting(request: RecordedRequest): Reply {
  const kind = h.fake.requests.length % 4;
  const said = request.rawBody.slice(0, 20_000);
  if (kind === 0)
    return {
      status: 400,
      headers: { 'x-quote': canary() },
      body: { error: { message: said, type: said, code: said, param: said } },
    };
  if (kind === 1) return { status: 500, body: said };
  return {
    text: said,
    toolCalls: [{ name: 'find', arguments: { q: canary() } }],
    refusal: undefined,
    thinking: canary(),
  };
}

it('LLM-07 TK-16 COST-01 a thousand canaries in every field, error bodies that quote the prompt included, leave no trace', async () => {
  h.fake.respond(quoting);
  const before = h.sink.bytes().length;
  const options = { maxRetries: 0 };
  const openai = watch(h.openai().withOptions(options));
  const anthropic = watch(new Anthropic({ apiKey: canary(), baseURL: h.fake.anthropicBaseUrl, ...options }));
  const google = watch(new GoogleGenAI({ apiKey: canary(), httpOptions: { baseUrl: h.fake.url } }));
  const mistral = watch(new Mistral({ apiKey: canary(), serverURL: h.fake.url, retryConfig: { strategy: 'none' } }));
  const cohere = watch(new CohereClientV2({ token: canary(), environment: h.fake.url, maxRetries: 0 }));

  const drain = async (stream: unknown) => {
    for await (const chunk of stream as AsyncIterable<unknown>) void chunk;
  };
  const contents = () => [
    { role: 'user', parts: [{ text: canary() }, { inlineData: { mimeType: 'image/png', data: canary() } }] },
  ];
  const text = () => [{ role: 'user', content: canary() }];
  const calls: (() => Promise<unknown>)[] = [
    () => openai.chat.completions.create(chat() as never),
    async () => drain(await openai.chat.completions.create({ ...chat(), stream: true } as never)),
    () => openai.responses.create(responses() as never),
    async () => drain(await openai.responses.create({ ...responses(), stream: true } as never)),
    () => openai.embeddings.create({ model: 'text-embedding-3-small', input: [canary(), canary()], user: canary() }),
    () => openai.images.generate({ model: 'gpt-image-1', prompt: canary(), user: canary() }),
    () => anthropic.messages.create(message() as never),
    async () => drain(await anthropic.messages.create({ ...message(), stream: true } as never)),
    () =>
      google.models.generateContent({
        model: 'gemini-2.5-flash',
        contents: contents(),
        config: { systemInstruction: canary() },
      }),
    () => mistral.chat.complete({ model: 'mistral-small-latest', messages: text() as never }),
    () => cohere.chat({ model: 'command-r', messages: text() as never }),
    () => cohere.rerank({ model: 'rerank-v3.5', query: canary(), documents: [canary(), canary()] }),
    () => tool('find', async (query: string) => `${query} ${canary()}`)(canary()),
    () => tool('find', async () => Promise.reject(new Error(canary())))(),
    () => agent({ name: 'a' }, async () => role('r', () => Promise.reject(new Error(canary()))))(),
  ];
  let failed = 0;
  while (planted < 1000) for (const call of calls) await call().catch(() => failed++);
  const spans = await h.spans();
  h.fake.respond(undefined);

  expect(failed).toBeGreaterThan(20);
  expect(spans.length).toBeGreaterThan(calls.length * 2);
  const sent = h.sink.bytes().subarray(before).toString('latin1');
  expect(sent.match(/kanarienvogel-\d+/g) ?? []).toEqual([]);
  expect(sent).not.toContain(Buffer.from('kanarienvogel').toString('base64').slice(0, 12));
});
