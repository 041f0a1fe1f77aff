/** A model of the AI SDK that asks through a client of `openai`, as some providers of the community do. */
import type { OpenAIProvider } from '@ai-sdk/openai';
import type OpenAI from 'openai';

type LanguageModelV4 = ReturnType<OpenAIProvider['chat']>;

export function clientModel(client: OpenAI): LanguageModelV4 {
  const ask = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] };
  const usage = (told: OpenAI.CompletionUsage | null | undefined) => ({
    inputTokens: { total: told?.prompt_tokens, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: told?.completion_tokens, text: undefined, reasoning: undefined },
  });
  return {
    specificationVersion: 'v4',
    provider: 'community.chat',
    modelId: 'gpt-4o',
    supportedUrls: {},
    async doGenerate({ abortSignal }) {
      const { choices, usage: told } = await client.chat.completions.create(ask, { signal: abortSignal });
      return {
        content: [{ type: 'text', text: choices[0]!.message.content ?? '' }],
        finishReason: { unified: 'stop', raw: 'stop' },
        usage: usage(told),
        warnings: [],
      };
    },
    async doStream({ abortSignal }) {
      const chunks = await client.chat.completions.create({ ...ask, stream: true }, { signal: abortSignal });
      const iterator = chunks[Symbol.asyncIterator]();
      let told: OpenAI.CompletionUsage | null | undefined;
      const stream = new ReadableStream({
        start: (controller) => controller.enqueue({ type: 'text-start', id: '1' } as const),
        async pull(controller) {
          const { done, value } = await iterator.next();
          if (done) {
            controller.enqueue({ type: 'text-end', id: '1' });
            controller.enqueue({ type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: usage(told) });
            return controller.close();
          }
          told = value.usage ?? told;
          controller.enqueue({ type: 'text-delta', id: '1', delta: value.choices[0]?.delta.content ?? '' });
        },
        cancel: async () => void (await iterator.return?.()),
      });
      return { stream: stream as never };
    },
  };
}
