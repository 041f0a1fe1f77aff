import { createRequire } from 'node:module';
import * as module3 from '@google/genai';
import * as legacy from '@google/generative-ai';
import * as module2 from 'genai-2';
import { limits } from '@tallyspan/facts';
import { afterEach, describe, expect, it } from 'vitest';
import { collect } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { Instrumentor } from '../../instrumentor.ts';
import { observe } from '../../observe.ts';
import { watch } from '../../watch.ts';
import { googleLegacy } from '../google-legacy/google-legacy.ts';
import * as answers from './fixtures/answers.ts';
import { google } from './google.ts';

const h = harness();
const majors: [string, typeof module3, string][] = [
  ['3', module3, '@google/genai'],
  ['2', module2 as unknown as typeof module3, 'genai-2'],
];
const ask = { model: 'gemini-2.5-flash', contents: 'Say hello.' };

function make(module = module3): module3.GoogleGenAI {
  return new module.GoogleGenAI({ apiKey: 'AIza-key', httpOptions: { baseUrl: h.fake.url } });
}
function always(reply = answers.whole): void {
  h.fake.respond(() => reply);
}

describe.each(majors)('@google/genai %s', (_major, module, name) => {
  const instrumentor = new Instrumentor(google);
  afterEach(() => void instrumentor.uninstrument());

  it('LLM-02 observing leaves the client alone, and looks like it', async () => {
    always();
    const client = make(module);
    const before = [Object.keys(client.models), client.models.generateContent];
    const observed = observe(client);
    expect(observed.models).toBe(observed.models);
    expect(observed.models).toBeInstanceOf(module.Models);
    expect(Object.keys(observed)).toEqual(Object.keys(client));
    expect(Object.keys(observed.models)).toEqual(Object.keys(client.models));
    await client.models.generateContent(ask);
    await client.chats.create({ model: ask.model }).sendMessage({ message: 'Hi' });
    expect(await h.spans()).toEqual([]);
    expect([Object.keys(client.models), client.models.generateContent]).toEqual(before);
    await observed.models.generateContent(ask);
    expect(await h.spans()).toHaveLength(1);
  });

  it('a frozen client can be observed', async () => {
    always();
    await observe(Object.freeze(make(module))).models.generateContent(ask);
    expect(await h.spans()).toHaveLength(1);
  });

  it('LLM-19 INF-33 the class door reaches clients made before it, after it, and by frameworks, until it is closed', async () => {
    always();
    const before = make(module);
    instrumentor.instrument({ module: module.GoogleGenAI });
    await before.models.generateContent(ask);
    await make(module).chats.create({ model: ask.model }).sendMessage({ message: 'Hi' });
    expect(await h.spans()).toHaveLength(2);
    instrumentor.uninstrument();
    await before.models.generateContent(ask);
    await make(module).models.generateContent(ask);
    expect(await h.spans()).toHaveLength(2);
  });

  it('INF-02 all doors at once make one span', async () => {
    always();
    instrumentor.instrument({ module });
    await observe(watch(make(module))).models.generateContent(ask);
    await h.span();
  });

  it.each(['class', 'module'])('LLM-19 an observed %s makes watched clients', async (what) => {
    always();
    const GoogleGenAI = what === 'class' ? observe(module.GoogleGenAI) : observe(module).GoogleGenAI;
    const client = new GoogleGenAI({ apiKey: 'AIza-key', httpOptions: { baseUrl: h.fake.url } });
    expect(client).toBeInstanceOf(module.GoogleGenAI);
    await client.chats.create({ model: ask.model }).sendMessage({ message: 'Hi' });
    await h.span();
    await make(module).models.generateContent(ask);
    await h.span();
  });

  it('a subclass of an observed class keeps what is its own', async () => {
    always();
    class Mine extends observe(module.GoogleGenAI) {
      readonly #secret = 42;
      reveal(): number {
        return this.#secret;
      }
    }
    const mine = new Mine({ apiKey: 'AIza-key', httpOptions: { baseUrl: h.fake.url } });
    expect(mine).toBeInstanceOf(Mine);
    expect(mine.reveal()).toBe(42);
    await mine.models.generateContent(ask);
    await h.span();
  });

  it('a stream that is dropped without being read ends its span when it is collected', async () => {
    always(answers.streamed);
    await (async () => void (await watch(make(module)).models.generateContentStream(ask)))();
    await expect
      .poll(
        async () => {
          gc!();
          return (await h.spans()).length;
        },
        { timeout: 10_000 },
      )
      .toBe(1);
    expect((await h.span()).attributes['tally.ended_by']).toBe('abandoned');
  });

  it('LLM-18 a picture of a megabyte is its type and its size on the span', async () => {
    always(answers.multimodal);
    const data = 'A'.repeat(1024 * 1024);
    await watch(make(module), { captureContent: true }).models.generateContent({
      ...ask,
      contents: [
        'What is this?',
        { inlineData: { mimeType: 'image/png', data } },
        { fileData: { mimeType: 'audio/mpeg', fileUri: 'gs://bucket/speech.mp3' } },
        { fileData: { mimeType: 'application/pdf', fileUri: 'https://example.com/a.pdf' } },
      ],
    });
    const { attributes } = await h.span();
    const input = attributes['gen_ai.input.messages'] as string;
    expect(input.length).toBeLessThan(limits.contentBytesMax);
    expect(JSON.parse(input)).toEqual([
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'What is this?' },
          { type: 'blob', modality: 'image', mime_type: 'image/png', content: '(1048576 characters of base64)' },
          { type: 'uri', modality: 'audio', mime_type: 'audio/mpeg', uri: 'gs://bucket/speech.mp3' },
          { type: 'uri', modality: 'document', mime_type: 'application/pdf', uri: 'https://example.com/a.pdf' },
        ],
      },
    ]);
    expect(JSON.parse(attributes['gen_ai.output.messages'] as string)).toMatchObject([
      {
        role: 'assistant',
        finish_reason: 'STOP',
        parts: [{ type: 'text' }, { type: 'blob', content: '(12 characters of base64)' }],
      },
    ]);
  });

  it('LLM-08 turns, tools and thoughts are recorded in the words of the conventions', async () => {
    always(answers.streamed);
    const stream = await watch(make(module), { captureContent: true }).models.generateContentStream({
      ...ask,
      contents: [
        { role: 'user', parts: [{ text: 'Weather?' }] },
        { role: 'model', parts: [{ functionCall: { name: 'weather', args: { city: 'Bonn' } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { sky: 'grey' } } }] },
        { role: 'model', parts: [{ executableCode: { code: '1+1' } }, { codeExecutionResult: { output: '2' } }] },
      ],
      config: {
        systemInstruction: 'Be brief.',
        tools: [
          {
            functionDeclarations: [
              { name: 'weather', description: 'Looks up.', parametersJsonSchema: { type: 'object' } },
            ],
          },
          { googleSearch: {} },
        ],
      },
    });
    await collect(stream);
    const { attributes } = await h.span();
    const json = (name: string): unknown => JSON.parse(attributes[name] as string);
    expect(json('gen_ai.system_instructions')).toEqual([{ type: 'text', content: 'Be brief.' }]);
    expect(json('gen_ai.input.messages')).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'Weather?' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', name: 'weather', arguments: { city: 'Bonn' } }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'weather', response: { sky: 'grey' } }] },
      {
        role: 'assistant',
        parts: [
          { type: 'executable_code', content: '1+1' },
          { type: 'code_execution_result', content: '2' },
        ],
      },
    ]);
    expect(json('gen_ai.output.messages')).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'Thinking of it' },
          { type: 'text', content: 'Hello, canary-5f1e.' },
        ],
        finish_reason: 'STOP',
      },
    ]);
    expect(json('gen_ai.tool.definitions')).toEqual([
      { type: 'function', name: 'weather', description: 'Looks up.', parameters: { type: 'object' } },
      { type: 'googleSearch', name: 'googleSearch' },
    ]);
  });

  it('LLM-05 the service is told apart by how the client was made', async () => {
    always();
    const vertex = { vertexai: true, apiKey: 'AIza-key', httpOptions: { baseUrl: h.fake.url } };
    await watch(new module.GoogleGenAI(vertex)).models.generateContent(ask);
    expect((await h.span()).attributes['gen_ai.provider.name']).toBe('gcp.vertex_ai');
  });

  it('LLM-05 the CommonJS copy is known by its shape', async () => {
    always();
    const copy = createRequire(import.meta.url)(name) as typeof module3;
    expect(copy.GoogleGenAI).not.toBe(module.GoogleGenAI);
    await watch(make(copy)).models.generateContent(ask);
    await h.span();
    const instrumentor = new Instrumentor(google).instrument({ module: copy });
    await make(copy).models.generateContent(ask);
    expect(await h.spans()).toHaveLength(2);
    instrumentor.uninstrument();
  });

  it('LLM-06 a client whose insides have other names is left alone, and says so', async () => {
    const stranger = make(module);
    Object.setPrototypeOf(stranger.models, {});
    expect(() => watch(stranger, { strict: true })).toThrow(/unknown kind \(GoogleGenAI\)/);
    const before = Object.getOwnPropertyNames(stranger.models);
    expect(watch(stranger)).toBe(stranger);
    expect(Object.getOwnPropertyNames(stranger.models)).toEqual(before);
  });

  it.each([
    ['flex', undefined, 'flex', undefined],
    ['unspecified', undefined, undefined, undefined],
    [undefined, { serviceTier: 'PRIORITY' }, undefined, 'priority'],
    [undefined, { trafficType: 'PROVISIONED_THROUGHPUT' }, undefined, 'provisioned_throughput'],
    [undefined, { trafficType: 'TRAFFIC_TYPE_UNSPECIFIED' }, undefined, undefined],
  ])('the tier asked for as %s and served with %o', async (asked, served, request, response) => {
    always({ body: { candidates: [], usageMetadata: { promptTokenCount: 1, ...served } } });
    await watch(make(module)).models.generateContent({ ...ask, config: { serviceTier: asked as module3.ServiceTier } });
    const { attributes } = await h.span();
    expect(attributes['tally.request.service_tier']).toBe(request);
    expect(attributes['tally.response.service_tier']).toBe(response);
  });

  it('COST-07 cached and thought tokens make the price', async () => {
    always();
    await watch(make(module)).models.generateContent(ask);
    const { attributes } = await h.span();
    // 112 read at $0.30, 1900 from the cache at $0.03, 48 written at $2.50 per million.
    expect(attributes['tally.cost.usd']).toBeCloseTo((112 * 0.3 + 1900 * 0.03 + 48 * 2.5) / 1e6, 9);
  });
});

describe('@google/generative-ai', () => {
  const prompt = 'Say hello.';

  it('LLM-17 whatever is derived from a watched client is watched: models, cached content, chats', async () => {
    always();
    const client = watch(new legacy.GoogleGenerativeAI('AIza-key'));
    const model = client.getGenerativeModel({ model: 'gemini-1.5-flash' }, { baseUrl: h.fake.url });
    expect(model).toBeInstanceOf(legacy.GenerativeModel);
    await model.generateContent(prompt);
    await model.startChat().sendMessage(prompt);
    expect(await h.spans()).toHaveLength(2);
  });

  it('INF-53 a model, or a chat, may be watched by itself', async () => {
    always();
    const settings = { model: 'gemini-1.5-flash' };
    await watch(new legacy.GenerativeModel('AIza-key', settings, { baseUrl: h.fake.url })).generateContent(prompt);
    await watch(new legacy.ChatSession('AIza-key', 'models/gemini-1.5-flash', {}, { baseUrl: h.fake.url })).sendMessage(
      prompt,
    );
    expect((await h.spans()).map(({ name }) => name)).toEqual(Array(2).fill('generate_content gemini-1.5-flash'));
  });

  it('LLM-19 models built from a wrapped factory are traced', async () => {
    always();
    const { GoogleGenerativeAI, GenerativeModel } = observe(legacy);
    const client = new GoogleGenerativeAI('AIza-key');
    await client.getGenerativeModel({ model: 'gemini-1.5-flash' }, { baseUrl: h.fake.url }).generateContent(prompt);
    await new GenerativeModel('AIza-key', { model: 'gemini-1.5-flash' }, { baseUrl: h.fake.url }).generateContent(
      prompt,
    );
    expect(await h.spans()).toHaveLength(2);
  });

  it('the class door needs only the class that a program imports', async () => {
    always();
    const instrumentor = new Instrumentor(googleLegacy).instrument({ module: legacy.GoogleGenerativeAI });
    try {
      const client = new legacy.GoogleGenerativeAI('AIza-key');
      const model = client.getGenerativeModel({ model: 'gemini-1.5-flash' }, { baseUrl: h.fake.url });
      await model.generateContent(prompt);
      await model.startChat().sendMessage(prompt);
      expect(await h.spans()).toHaveLength(2);
    } finally {
      instrumentor.uninstrument();
    }
  });

  it('the turns of a chat are part of what was asked', async () => {
    always();
    const model = new legacy.GenerativeModel(
      'AIza-key',
      { model: 'gemini-1.5-flash', systemInstruction: 'Be brief.' },
      { baseUrl: h.fake.url },
    );
    const chat = watch(model, { captureContent: true }).startChat();
    await chat.sendMessage('One');
    await chat.sendMessage('Two');
    const { attributes } = (await h.spans())[1]!;
    const input = JSON.parse(attributes['gen_ai.input.messages'] as string) as { role: string }[];
    expect(input.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(JSON.parse(attributes['gen_ai.system_instructions'] as string)).toEqual([
      { type: 'text', content: 'Be brief.' },
    ]);
  });
});
