import { limits } from '@tallyspan/facts';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../test/conformance.ts';
import { harness, hello, majors } from '../../../test/harness.ts';
import { watch } from '../../watch.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
/** A picture's worth of base64: what it begins with is never the whole. */
const BYTES = Buffer.from(Array.from({ length: 750_000 }, (_, index) => (index * 31) % 256)).toString('base64');
const url = `data:image/png;base64,${BYTES}`;

type Messages = { role: string; parts: Record<string, unknown>[]; finish_reason?: string }[];
async function told(attribute: string): Promise<Messages> {
  const { attributes } = await h.span();
  return JSON.parse(attributes[attribute] as string) as Messages;
}

describe.each(majors)('%s: what was said, where content is on', (_, Client) => {
  const client = () => watch(h.openai(Client), { captureContent: true });

  it('pictures, sound and files are parts with their kind and size, and base64 is never stored whole', async () => {
    await client().chat.completions.create({
      model: 'gpt-4o',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url } },
            { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
            { type: 'input_audio', input_audio: { data: BYTES, format: 'wav' } },
            { type: 'file', file: { file_id: 'file-1' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${BYTES}` } },
          ],
        },
      ],
    });
    const size = '(1000000 characters of base64)';
    expect(await told('gen_ai.input.messages')).toEqual([
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'What is this?' },
          { type: 'blob', modality: 'image', mime_type: 'image/png', content: size },
          { type: 'uri', modality: 'image', uri: 'https://example.com/cat.png' },
          { type: 'blob', modality: 'audio', mime_type: 'audio/wav', content: size },
          { type: 'file', modality: 'file', file_id: 'file-1' },
          { type: 'blob', modality: 'file', mime_type: 'application/pdf', content: size },
        ],
      },
    ]);
    expect(h.sink.bytes().includes(BYTES.slice(0, 100))).toBe(false);
  });

  it('the same of the responses API, and of what its tools made', async () => {
    h.fake.enqueue(answers.responseWithTools);
    await client().responses.create({
      model: 'gpt-4o',
      instructions: 'Be brief.',
      tools: [{ type: 'web_search' }],
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: url, detail: 'auto' },
            { type: 'input_image', file_id: 'file-2', detail: 'auto' },
            { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${BYTES}` },
          ],
        },
        { type: 'function_call', call_id: 'call_0', name: 'look', arguments: '{"at":"it"}' },
        { type: 'function_call_output', call_id: 'call_0', output: [{ type: 'input_image', image_url: url }] },
      ] as never,
    });
    const [asked, called, output] = await told('gen_ai.input.messages');
    expect(asked!.parts.map(({ type, modality }) => [type, modality])).toEqual([
      ['text', undefined],
      ['blob', 'image'],
      ['file', 'image'],
      ['blob', 'file'],
    ]);
    expect(called).toEqual({
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'call_0', name: 'look', arguments: { at: 'it' } }],
    });
    expect(output!.role).toBe('tool');
    expect(output!.parts[0]!.response).toEqual([
      { type: 'input_image', image_url: 'data:image/png;base64,(1000000 characters)' },
    ]);
    const [answer] = await told('gen_ai.output.messages');
    expect(answer!.finish_reason).toBe('tool_calls');
    expect(answer!.parts.map(({ type, name }) => [type, name])).toEqual([
      ['reasoning', undefined],
      ['tool_call', 'web_search_call'],
      ['tool_call', 'code_interpreter_call'],
      ['blob', undefined],
      ['tool_call', 'lookup'],
      ['tool_call_response', undefined],
      ['tool_call', 'find'],
    ]);
    expect(h.sink.bytes().includes(BYTES.slice(0, 100))).toBe(false);
    expect(h.sink.bytes().includes(answers.PICTURE)).toBe(false);
    const { attributes } = await h.span();
    expect(JSON.parse(attributes['gen_ai.system_instructions'] as string)).toEqual([
      { type: 'text', content: 'Be brief.' },
    ]);
    expect(JSON.parse(attributes['gen_ai.tool.definitions'] as string)).toEqual([
      { name: 'web_search', type: 'web_search' },
    ]);
  });

  it('tool calls and thoughts of a stream are put together, arguments as the value they are', async () => {
    const delta = (more: object, finish_reason: string | null = null) => ({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'deepseek-reasoner',
      choices: [{ index: 0, delta: more, finish_reason }],
    });
    const piece = (index: number, more: object) => delta({ tool_calls: [{ index, ...more }] });
    h.fake.enqueue({
      stream: [
        ...answers.sse([
          delta({ role: 'assistant', reasoning_content: 'Let me ' }),
          delta({ reasoning_content: 'look.' }),
          piece(0, { id: 'call_a', type: 'function', function: { name: 'find', arguments: '{"q":' } }),
          piece(1, { id: 'call_b', type: 'function', function: { name: 'open', arguments: '{}' } }),
          piece(0, { function: { arguments: '"cats"}' } }),
          delta({}, 'tool_calls'),
        ]),
        'data: [DONE]\n\n',
      ],
    });
    await collect(await client().chat.completions.create({ ...hello, stream: true }));
    expect(await told('gen_ai.output.messages')).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'Let me look.' },
          { type: 'tool_call', id: 'call_a', name: 'find', arguments: { q: 'cats' } },
          { type: 'tool_call', id: 'call_b', name: 'open', arguments: {} },
        ],
        finish_reason: 'tool_calls',
      },
    ]);
  });

  it('structured output is what the model wrote, and the span says that JSON was asked for', async () => {
    h.fake.enqueue({ text: '{"a":1}' });
    const format = {
      type: 'json_schema' as const,
      json_schema: { name: 'p', strict: true, schema: { type: 'object' } },
    };
    await client().chat.completions.parse({ ...hello, response_format: format });
    expect((await told('gen_ai.output.messages'))[0]!.parts).toEqual([{ type: 'text', content: '{"a":1}' }]);
    expect((await h.span()).attributes['gen_ai.output.type']).toBe('json');
  });

  it('a spoken answer is its words and the size of its sound', async () => {
    const message = { role: 'assistant', content: null, audio: { id: 'audio_1', data: BYTES, transcript: 'Hello.' } };
    h.fake.enqueue({
      body: { id: 'chatcmpl-2', model: 'gpt-4o-audio', choices: [{ index: 0, message, finish_reason: 'stop' }] },
    });
    await client().chat.completions.create(hello);
    expect((await told('gen_ai.output.messages'))[0]!.parts).toEqual([
      { type: 'text', content: 'Hello.' },
      { type: 'blob', modality: 'audio', content: '(1000000 characters of base64)' },
    ]);
  });

  it('a picture that was made, and what was heard', async () => {
    h.fake.enqueue(answers.image, answers.transcriptionTokens);
    await client().images.generate({ model: 'gpt-image-1', prompt: 'A cat.' });
    await client().audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: new File(['x'], 'a.wav') });
    const [picture, heard] = (await h.spans()).map(
      ({ attributes }) => JSON.parse(attributes['gen_ai.output.messages'] as string) as Messages,
    );
    expect(picture![0]!.parts).toEqual([
      { type: 'blob', modality: 'image', content: `(${answers.PICTURE.length} characters of base64)` },
    ]);
    expect(heard![0]!.parts[0]!.type).toBe('text');
  });

  it('of a very long conversation the last messages are kept, up to the limit', async () => {
    const messages = Array.from({ length: limits.contentItemsMax + 1 }, (_item, index) => ({
      role: 'user' as const,
      content: `${index}`,
    }));
    await client().chat.completions.create({ model: 'gpt-4o', messages });
    const kept = await told('gen_ai.input.messages');
    expect(kept).toHaveLength(limits.contentItemsMax);
    expect(kept.at(-1)!.parts[0]!.content).toBe(`${limits.contentItemsMax}`);
    expect(kept[0]!.parts[0]!.content).toBe('1');
  });
});
