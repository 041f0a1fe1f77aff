import type { AsyncLocalStorage } from 'node:async_hooks';
import { fields, text } from '../../read.ts';

/** Where LangChain keeps its async context for all copies of itself (`@langchain/core`, singletons/async_local_storage). */
const STORAGE = Symbol.for('ls:tracing_async_local_storage');
const CONFIG = Symbol.for('lc:child_config');

/** The config that LangChain runs the current code with, if any. */
export function ambientConfig(): Readonly<Record<string, unknown>> | undefined {
  const storage = (globalThis as { [STORAGE]?: AsyncLocalStorage<unknown> })[STORAGE];
  const { extra } = fields(storage?.getStore());
  const config = (fields(extra) as { [CONFIG]?: unknown })[CONFIG];
  return config === undefined ? undefined : fields(config);
}

/** The run whose code runs right now. */
export function ambientRunId(): string | undefined {
  try {
    const { callbacks } = ambientConfig() ?? {};
    const { getParentRunId } = fields(callbacks);
    if (typeof getParentRunId !== 'function') return undefined;
    return text(Reflect.apply(getParentRunId as () => unknown, callbacks, []));
  } catch {
    return undefined;
  }
}
