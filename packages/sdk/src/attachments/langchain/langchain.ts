import type { Attachment } from '../../attach.ts';
import { fields } from '../../read.ts';
import { type Method, originalOf, shadow } from '../../shadow.ts';
import { ambientConfig } from './ambient.ts';
import { LangChainHandler } from './handler.ts';
import { watchChatModel } from './chat-model.ts';

/**
 * LangChain.js and LangGraph.js: a model, chain, graph or tool of it (anything that can be invoked), or `CallbackManager` of
 * `@langchain/core/callbacks/manager`, through which all of them are heard.
 */
export const langchain: Attachment = {
  package: '@langchain/core',
  file: 'dist/callbacks/manager',
  versions: '>=0.3',
  detect: (library) => isRunnable(library) || managerOf(library) !== undefined,
  attach(library, emit) {
    const handler = new LangChainHandler(emit);
    const Manager = managerOf(library);
    const restore = Manager ? [listenToAll(Manager, handler)] : watchRunnable(library, handler);
    return () => {
      for (const undo of restore.toReversed()) undo();
    };
  },
};

function isRunnable(value: object): boolean {
  const { lc_runnable, invoke, stream } = fields(value);
  return lc_runnable === true && typeof invoke === 'function' && typeof stream === 'function';
}

interface Manager {
  handlers: object[];
  copy(): Manager;
  addHandler(handler: object, inherit: boolean): void;
}
type ManagerClass = (new () => Manager) & { _configureSync: Method };

/** The class, or the module that exports it. */
function managerOf(library: object): ManagerClass | undefined {
  const named = typeof library === 'function' ? library : fields(library).CallbackManager;
  if (typeof named !== 'function') return undefined;
  return typeof (named as Partial<ManagerClass>)._configureSync === 'function' ? (named as ManagerClass) : undefined;
}

/** Every run configures its callbacks here (`CallbackManager._configureSync`): the handler is added where it is not there yet. */
function listenToAll(Manager: ManagerClass, handler: LangChainHandler): () => void {
  const { _configureSync: configure } = Manager;
  if (originalOf(configure) !== configure) return () => {};
  return shadow(Manager, '_configureSync', configure, function (this: unknown, ...args: unknown[]) {
    const configured = Reflect.apply(configure, this, args as never[]) as Manager | undefined;
    try {
      const manager = configured ?? new Manager();
      if (!hasHandler(manager.handlers)) manager.addHandler(handler, true);
      return manager;
    } catch {
      return configured;
    }
  });
}

function hasHandler(handlers: readonly object[]): boolean {
  return handlers.some((each) => fields(each).name === 'tallyspan');
}

/** What is called with options that hold callbacks: `invoke(input, { callbacks })`. */
const entrances = ['invoke', 'stream', 'streamEvents'];

function watchRunnable(runnable: object, handler: LangChainHandler): (() => void)[] {
  const restore = [...watchChatModel(runnable, handler), ...watchDerived(runnable, handler)];
  for (const name of entrances) {
    const method = fields(runnable)[name] as Method | undefined;
    if (typeof method !== 'function' || originalOf(method) !== method) continue;
    const wrapper = function (this: unknown, input: unknown, options: unknown, ...rest: unknown[]): unknown {
      return Reflect.apply(method, this, [input, withHandler(options, handler), ...rest] as never[]);
    };
    restore.push(shadow(runnable, name, method, wrapper));
  }
  return restore;
}

/** A chat model with other settings, or with tools bound to it, may be another model: it is watched as well, and stays so. */
function watchDerived(model: object, handler: LangChainHandler): (() => void)[] {
  const { _generate: generate, withConfig } = fields(model) as Record<string, Method | undefined>;
  if (typeof generate !== 'function' || typeof withConfig !== 'function') return [];
  if (originalOf(withConfig) !== withConfig) return [];
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    const derived: unknown = Reflect.apply(withConfig, this, args as never[]);
    if (typeof fields(derived)._generate === 'function') watchRunnable(derived as object, handler);
    return derived;
  };
  return [shadow(model, 'withConfig', withConfig, wrapper)];
}

/** A copy of the options with our handler among the callbacks; those of the run around, which an explicit list would replace, stay. */
function withHandler(options: unknown, handler: LangChainHandler): unknown {
  try {
    const callbacks = fields(options).callbacks ?? ambientConfig()?.callbacks;
    if (Array.isArray(callbacks))
      return hasHandler(callbacks) ? options : { ...fields(options), callbacks: [...callbacks, handler] };
    if (callbacks === undefined) return { ...fields(options), callbacks: [handler] };
    const manager = callbacks as Manager;
    if (hasHandler(manager.handlers)) return options;
    const copy = manager.copy();
    copy.addHandler(handler, true);
    return { ...fields(options), callbacks: copy };
  } catch {
    return options;
  }
}
