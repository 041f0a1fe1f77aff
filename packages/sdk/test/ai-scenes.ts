/** What programs do with the AI SDK, of either version: each is run bare and heard, and must look the same. */
import { collect } from './conformance.ts';
import type { Harness } from './harness.ts';

interface Text {
  text: string;
}
type Asked<Model> = Heard<Model>['more'] & {
  model: Model;
  prompt: string;
  maxRetries?: number;
  abortSignal?: AbortSignal;
  onError?: (event: { error: unknown }) => void;
};

/** A model, and what is said beside it so that its calls are recorded. */
export interface Heard<Model> {
  model: Model;
  more: object;
}

export interface AiScene<Model> {
  name: string;
  /** How many model calls there are. Default 1. */
  calls?: number;
  /** How many of them fail. Default 0. */
  failed?: number;
  run(heard: Heard<Model>): Promise<unknown>;
}

interface AiSdk<Model> {
  generateText(asked: Asked<Model>): PromiseLike<Text>;
  streamText(asked: Asked<Model>): { textStream: AsyncIterable<string> };
}

export function aiScenes<Model>(h: Harness, ai: AiSdk<Model>): AiScene<Model>[] {
  const prompt = 'hi';
  return [
    { name: 'generateText', run: async ({ model, more }) => (await ai.generateText({ model, prompt, ...more })).text },
    {
      name: 'streamText',
      run: async ({ model, more }) => (await collect(ai.streamText({ model, prompt, ...more }).textStream)).join(''),
    },
    {
      name: 'a stream that is left',
      async run({ model, more }) {
        for await (const text of ai.streamText({ model, prompt, ...more }).textStream) if (text) return typeof text;
        return undefined;
      },
    },
    {
      name: 'an error',
      failed: 1,
      async run({ model, more }) {
        h.fake.enqueue({ error: 'bad_request' });
        return ai.generateText({ model, prompt, maxRetries: 0, ...more });
      },
    },
    {
      name: 'a retry',
      calls: 2,
      failed: 1,
      async run({ model, more }) {
        h.fake.enqueue({ error: 'rate_limit', retryAfterMs: 1 });
        return (await ai.generateText({ model, prompt, maxRetries: 2, ...more })).text;
      },
    },
    {
      name: 'a stream that breaks',
      failed: 1,
      async run({ model, more }) {
        h.fake.enqueue({ dropAfterChunks: 3 });
        const errors: string[] = [];
        const onError = ({ error }: { error: unknown }) => void errors.push((error as Error).name);
        const parts = await collect(ai.streamText({ model, prompt, onError, maxRetries: 0, ...more }).textStream);
        return [parts.join(''), errors];
      },
    },
    {
      name: 'an abort',
      failed: 1,
      async run({ model, more }) {
        h.fake.enqueue({ delayMs: 2000 });
        return ai.generateText({ model, prompt, abortSignal: AbortSignal.timeout(60), ...more });
      },
    },
    {
      name: 'a stream that is aborted',
      failed: 1,
      async run({ model, more }) {
        h.fake.enqueue({ hangAfterChunks: 3 });
        const controller = new AbortController();
        const result = ai.streamText({ model, prompt, abortSignal: controller.signal, ...more });
        for await (const text of result.textStream) if (text) controller.abort();
        return 'aborted';
      },
    },
    {
      name: 'five at once',
      calls: 5,
      async run({ model, more }) {
        const ask = () => ai.generateText({ model, prompt, ...more });
        return (await Promise.all([ask(), ask(), ask(), ask(), ask()])).map(({ text }) => text);
      },
    },
  ];
}
