import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { warnOnce } from '../state.ts';
import { modules } from './builtin.ts';
import { entriesIn } from './entries.ts';
import { fileAt, handOver } from './hand-over.ts';

/**
 * What is waited for: a package's entry by its name (`openai`), or one of its files by its path without extension
 * (`@langchain/core/dist/callbacks/manager`), for what programs load indirectly.
 */
export interface Expected {
  package: string;
  file?: string | undefined;
}

/** Told when it was loaded: with its exports, as `import` or `require` gave them, and the version of the package. */
export type OnLoaded = (name: string, exports: unknown, version: string | undefined) => void;

/**
 * Who wants to hear of what, by name or path. On `globalThis`, as the lines added to a library's entry must find it from anywhere, and two
 * copies of us shall listen through one hook.
 */
interface Loads {
  listeners: Map<string, Set<OnLoaded>>;
  /** Those that are files. */
  files: string[];
  hooked: boolean;
  /** What the added lines call. */
  loaded(name: string, exports: unknown, version: string): void;
}
const KEY = Symbol.for('tallyspan.loads.1');
const holder = globalThis as { [KEY]?: Loads };

/**
 * Calls back whenever one of these packages is loaded from now on. Nothing of other modules is touched: each costs one look into a
 * map. Answers how to stop.
 */
export function onLoad(expected: readonly Expected[], listener: OnLoaded): () => void {
  const loads: Loads = (holder[KEY] ??= { listeners: new Map(), files: [], hooked: false, loaded });
  const heard = expected.map(nameOf);
  for (const [index, name] of heard.entries()) {
    if (expected[index]!.file !== undefined && !loads.listeners.has(name)) loads.files.push(name);
    const listeners = loads.listeners.get(name) ?? new Set();
    loads.listeners.set(name, listeners.add(listener));
  }
  if (!loads.hooked) {
    loads.hooked = true;
    try {
      hook(loads);
    } catch (error) {
      warnOnce('hook', `libraries loaded later are not seen (${(error as Error).message}); use watch(client)`);
    }
  }
  return () => {
    for (const name of heard) loads.listeners.get(name)?.delete(listener);
  };
}

/** The name under which it is handed over. */
export function nameOf({ package: name, file }: Expected): string {
  return file === undefined ? name : `${name}/${file}`;
}

function loaded(this: Loads, name: string, exports: unknown, version: string): void {
  for (const listener of this.listeners.get(name) ?? []) {
    try {
      listener(name, exports, version || undefined);
    } catch (error) {
      warnOnce(`load:${name}`, `${name} is not instrumented (${(error as Error).message})`);
    }
  }
}

function hook(loads: Loads): void {
  if (typeof modules().registerHooks === 'function') hookBoth(loads);
  else hookCommonJs(loads);
}

/** Both module systems, in this thread. Node 22.15, 23.5 and newer. */
function hookBoth({ listeners, files }: Loads): void {
  const entries = new Map<string, string>();
  modules().registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      if (listeners.has(specifier)) entries.set(resolved.url, specifier);
      return resolved;
    },
    load(url, context, nextLoad) {
      const result = nextLoad(url, context);
      const name = entries.get(url) ?? fileAt(url, files);
      if (name === undefined) return result;
      const source = handOver(result.source, { name, url, format: result.format ?? context.format });
      return source === undefined ? result : { ...result, source };
    },
  });
}

type Loader = (this: unknown, module: { exports: unknown }, file: string) => void;

/** CommonJS on Node 20. Other hooks (transpilers) stand here as well; whoever comes later calls us. */
function hookCommonJs({ listeners, files }: Loads): void {
  const extensions = (modules() as unknown as { _extensions?: Record<string, Loader> })._extensions;
  const load = extensions?.['.js'];
  if (!load) throw new Error('this runtime has no module hooks');
  extensions['.js'] = function (this: unknown, loading, file) {
    Reflect.apply(load, this, [loading, file]);
    const { name = '', folder = '' } = packageOf(file);
    const path = fileAt(pathToFileURL(file).href, files);
    const entry = listeners.has(name) ? entriesIn(folder) : undefined;
    if (path !== undefined) holder[KEY]?.loaded(path, loading.exports, '');
    else if (entry?.require === file) holder[KEY]?.loaded(name, loading.exports, entry.version ?? '');
  };
}

/** `/app/node_modules/@google/genai/dist/index.js` → `@google/genai`, and the folder of that name. */
function packageOf(file: string): { name?: string; folder?: string } {
  const place = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(place);
  if (at < 0) return {};
  const steps = file.slice(at + place.length).split(sep);
  const parts = steps.slice(0, steps[0]?.startsWith('@') ? 2 : 1);
  return { name: parts.join('/'), folder: join(file.slice(0, at + place.length), ...parts) };
}
