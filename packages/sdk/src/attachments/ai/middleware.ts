import type { Emitter, OpenModelCall } from '../../attach.ts';
import { fields } from '../../read.ts';
import { beginCall, watchCall } from './model-call.ts';

interface Wrapping {
  params: unknown;
  model: unknown;
}

/** What `wrapLanguageModel({ model, middleware })` takes, in AI SDK 5, 6 and 7. */
export interface AiMiddleware {
  /** Said by middleware of specification v3 (AI SDK 6); v4 understands it. */
  readonly specificationVersion: 'v3';
  wrapGenerate<Result>(options: Wrapping & { doGenerate: () => PromiseLike<Result> }): PromiseLike<Result>;
  wrapStream<Result>(options: Wrapping & { doStream: () => PromiseLike<Result> }): PromiseLike<Result>;
}

export function middlewareOf(emit: Emitter): AiMiddleware {
  const around = <Result>(options: Wrapping, execute: () => PromiseLike<Result>) => {
    const call = begin(emit, options);
    return call ? watchCall(call, execute) : execute();
  };
  return {
    specificationVersion: 'v3',
    wrapGenerate: (options) => around(options, options.doGenerate),
    wrapStream: (options) => around(options, options.doStream),
  };
}

function begin(emit: Emitter, { params, model }: Wrapping): OpenModelCall | undefined {
  try {
    const { provider, modelId } = fields(model);
    return beginCall(emit, { operation: 'chat', provider, modelId, params: fields(params) });
  } catch {
    return undefined;
  }
}
