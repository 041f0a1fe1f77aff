import type { Emitter } from '../../attach.ts';
import { fields } from '../../read.ts';
import { type Method, originalOf, shadow } from '../../shadow.ts';
import { type Asking, beginCall, watchCall } from './model-call.ts';

/** What a model can be asked: language models (specification v2 to v4), embedding and reranking models. */
const methods: Readonly<Record<string, Asking['operation']>> = {
  doGenerate: 'chat',
  doStream: 'chat',
  doEmbed: 'embeddings',
  doRerank: 'rerank',
};

/** A model of the AI SDK: `openai('gpt-4o')`. Image, speech and transcription models have `doGenerate` alone. */
export function isModel(value: object): boolean {
  const { specificationVersion, modelId, doGenerate, doStream, doEmbed, doRerank } = fields(value);
  const isLanguageModel = typeof doGenerate === 'function' && typeof doStream === 'function';
  return (
    typeof specificationVersion === 'string' &&
    typeof modelId === 'string' &&
    (isLanguageModel || typeof doEmbed === 'function' || typeof doRerank === 'function')
  );
}

/** Puts methods of ours in front of this model's own. Answers how to take them off. */
export function watchModel(model: object, emit: Emitter): () => void {
  const restore: (() => void)[] = [];
  for (const [name, operation] of Object.entries(methods)) {
    const method = fields(model)[name] as Method | undefined;
    if (typeof method !== 'function' || originalOf(method) !== method) continue;
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      const run = () => Reflect.apply(method, this, args) as PromiseLike<unknown>;
      const call = begin(emit, operation, model, args[0]);
      return call ? watchCall(call, run) : run();
    };
    restore.push(shadow(model, name, method, wrapper));
  }
  return () => {
    for (const undo of restore.toReversed()) undo();
  };
}

function begin(emit: Emitter, operation: Asking['operation'], model: object, params: unknown) {
  try {
    const { provider, modelId } = fields(model);
    return beginCall(emit, { operation, provider, modelId, params: fields(params) });
  } catch {
    return undefined;
  }
}
