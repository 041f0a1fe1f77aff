import { fields } from '../../read.ts';
import { type Method, originalOf, shadow } from '../../shadow.ts';
import type { LangChainHandler } from './handler.ts';

/**
 * Stands around the provider calls of one chat model: a client that is called inside, and is watched too, then owns the call, whatever
 * becomes of it; and a stream that is left is known, which LangChain tells nobody. Answers how to stop.
 */
export function watchChatModel(model: object, handler: LangChainHandler): (() => void)[] {
  const restore: (() => void)[] = [];
  const { _generate: generate, _streamResponseChunks: stream } = fields(model) as Record<string, Method | undefined>;
  if (typeof generate === 'function' && originalOf(generate) === generate)
    restore.push(
      shadow(model, '_generate', generate, function (this: unknown, ...args: unknown[]) {
        const run = () => Reflect.apply(generate, this, args as never[]);
        const call = handler.call(fields(args[2]).runId);
        return call ? call.run(run) : run();
      }),
    );
  // A model without a stream of its own must go on having none: LangChain looks whether the method is its own default.
  if (typeof stream === 'function' && originalOf(stream) === stream && stream !== defaultStream(model))
    restore.push(
      shadow(model, '_streamResponseChunks', stream, function (this: unknown, ...args: unknown[]) {
        const { runId } = fields(args[2]);
        const call = handler.call(runId);
        const chunks = (call?.run(() => Reflect.apply(stream, this, args as never[])) ??
          Reflect.apply(stream, this, args as never[])) as AsyncGenerator<unknown>;
        return call ? followed(chunks, () => handler.left(runId), call.run.bind(call)) : chunks;
      }),
    );
  return restore;
}

/** The one of the base class, which is found by a method that only it has. */
function defaultStream(model: object): unknown {
  for (let at: unknown = model; at; at = Object.getPrototypeOf(at))
    if (Object.hasOwn(at, '_generateUncached')) return fields(at)._streamResponseChunks;
  return undefined;
}

type Around = <Result>(fn: () => Result) => Result;

/** The same chunks, asked for inside of the call; `onLeft` is told when the reader goes away. */
async function* followed(chunks: AsyncGenerator<unknown>, onLeft: () => void, around: Around): AsyncGenerator<unknown> {
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await around(() => chunks.next());
      if (done) break;
      yield value;
    }
    isDone = true;
  } catch (error) {
    isDone = true;
    throw error;
  } finally {
    if (!isDone) {
      onLeft();
      await chunks.return(undefined);
    }
  }
}
