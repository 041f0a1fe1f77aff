import type { Answered, Asked, Operation } from '@tallyspan/facts';
import { type AnyCall, type Asking, call } from '../../adapter.ts';
import type { AnsweredContent, Message } from '../../content.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { gateway, refused, routed } from './routing.ts';

type Args = readonly [args: unknown, options?: unknown];

/** One of the library's tasks that ask a model for one thing. None but text generation reports what it used. */
interface Task {
  operation: Operation;
  asked?(parameters: Readonly<Record<string, unknown>>, args: Readonly<Record<string, unknown>>): Asked;
  answered?(result: unknown): Answered;
  /** What the model said, where that is text. */
  said?(result: unknown): string | undefined;
}

function task({ operation, asked, answered, said }: Task): AnyCall {
  return call<Args, unknown>({
    operation,
    asked: ([args], asking: Asking) => ({
      requestModel: text(fields(args).model),
      ...routed(args, asking),
      ...asked?.(fields(fields(args).parameters), fields(args)),
    }),
    answered: (result, answering) => ({ ...answered?.(result), ...gateway(answering.asked) }),
    refused,
    content: {
      asked: ([args]) => ({ input: written('user', fields(args).inputs) }),
      answered: (result): AnsweredContent => ({
        output: written('assistant', said?.(result)).map((message) => ({ ...message, finish_reason: 'stop' })),
      }),
    },
  });
}

function written(role: string, value: unknown): Message[] {
  const texts = [value, ...list(value)].filter((item): item is string => typeof item === 'string');
  return texts.map((content) => ({ role, parts: [{ type: 'text', content }] }));
}

/** `featureExtraction`. Vectors are never read. */
export const featureExtraction = task({
  operation: 'embeddings',
  asked: (_parameters, { dimensions, encoding_format }) => ({
    embeddingDimensions: count(dimensions),
    encodingFormats: text(encoding_format) === undefined ? undefined : [text(encoding_format)!],
  }),
});

/** `textToImage`: a picture, its address, or what the provider said of it. */
export const textToImage = task({
  operation: 'image_generation',
  asked: ({ num_images, n, seed }) => ({
    outputType: 'image',
    imageCount: count(num_images) ?? count(n),
    seed: number(seed),
  }),
  answered: (result) => ({ outputImageCount: result instanceof Blob || typeof result === 'string' ? 1 : undefined }),
});

/** `automaticSpeechRecognition`. The sound itself is never read. */
export const automaticSpeechRecognition = task({
  operation: 'transcription',
  said: (result) => text(fields(result).text),
});
