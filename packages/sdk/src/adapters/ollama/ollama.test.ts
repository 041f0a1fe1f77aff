import ollama, { Ollama } from 'ollama';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { Instrumentor } from '../../instrumentor.ts';
import { observe } from '../../observe.ts';
import { unwatch, watch } from '../../watch.ts';
import * as answers from './fixtures/answers.ts';
import { ollama as adapter } from './ollama.ts';

const h = harness();
const hello = () => ({ model: 'llama3.2', messages: [{ role: 'user', content: 'Hello?' }] });
const local = () => new Ollama({ host: h.fake.url });

describe('ollama', () => {
  it('the instance that the package exports is a client like any other', async () => {
    const { config } = ollama as unknown as { config: { host: string } };
    const host = config.host;
    config.host = h.fake.url;
    try {
      h.fake.respond(() => answers.chat);
      await watch(ollama).chat(hello());
      expect((await h.span()).attributes['gen_ai.provider.name']).toBe('ollama');
      unwatch(ollama);
      const instrumentor = new Instrumentor(adapter).instrument({ module: { Ollama } });
      await ollama.chat(hello());
      expect(await h.spans()).toHaveLength(2);
      instrumentor.uninstrument();
    } finally {
      config.host = host;
    }
  });

  it.each(['llama3.2', 'gpt-oss:120b', 'gpt-4o'])(
    'a model of one’s own machine has no price, whatever its name (%s)',
    async (model) => {
      h.fake.respond(() => answers.chat);
      await watch(local()).chat({ ...hello(), model });
      const { attributes } = await h.span();
      expect(attributes['gen_ai.usage.input_tokens']).toBe(26);
      expect(attributes['tally.cost.usd']).toBeUndefined();
    },
  );

  it('LLM-19 an observed class makes watched clients', async () => {
    h.fake.respond(() => answers.chat);
    const Observed = observe(Ollama);
    await new Observed({ host: h.fake.url }).chat(hello());
    await h.span();
  });

  it('LLM-18 pictures are recorded by their size, given as bytes or as base64', async () => {
    h.fake.respond(() => answers.streamed);
    const images = [new Uint8Array(3000), new Uint8Array(10)];
    const request = { ...hello(), messages: [{ role: 'user', content: 'What?', images }], stream: true as const };
    await collect(await watch(local(), { captureContent: true }).chat(request));
    const { attributes } = await h.span();
    expect(JSON.parse(attributes['gen_ai.input.messages'] as string)).toEqual([
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'What?' },
          { type: 'blob', modality: 'image', content: '(4000 characters of base64)' },
          { type: 'blob', modality: 'image', content: '(16 characters of base64)' },
        ],
      },
    ]);
    expect(JSON.parse(attributes['gen_ai.output.messages'] as string)).toEqual([
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'Hm.' },
          { type: 'text', content: 'Hello, canary-5f1e.' },
        ],
        finish_reason: 'stop',
      },
    ]);
  });
});
