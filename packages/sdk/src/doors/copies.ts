import { fields } from '../read.ts';
import { files, modules } from './builtin.ts';
import { type Entries, entriesOf } from './entries.ts';

export type Exports = Readonly<Record<string, unknown>>;

/**
 * The copies of a package that this program may already hold; undefined where it is not installed. Most libraries come twice, as
 * ES module and as CommonJS, with two sets of classes.
 *
 * A CommonJS copy tells that it is loaded by standing in the cache. ES modules tell nobody, so a module program's copy is asked for
 * with `require`, which gives the loaded one (Node 20.19, 22.12 and newer). One that could not be had comes with its reason.
 */
export function copiesOf(name: string, directory = process.cwd()): { copies: Exports[]; problem?: string } | undefined {
  const entries = entriesOf(name, directory);
  if (!entries) return undefined;
  const copies: Exports[] = [];
  const loaded = entries.require === undefined ? undefined : loadedCommonJs(entries.require);
  if (loaded) copies.push(loaded);
  if (entries.import === undefined || (isCommonJsProgram() && entries.require !== undefined)) return { copies };
  try {
    const copy = fields(requireFrom(entries)(entries.import));
    if (copy !== loaded) copies.push(copy);
    return { copies };
  } catch (error) {
    return { copies, problem: (error as Error).message };
  }
}

/** A parent inside the package: Node then does not warn that `require` of a module is young. */
function requireFrom({ folder }: Entries): NodeJS.Require {
  return modules().createRequire(`${files().realpathSync(folder)}/`);
}

function loadedCommonJs(file: string): Exports | undefined {
  const { cache } = modules().createRequire(file);
  const module = cache[files().realpathSync(file)];
  return module?.loaded ? asExports(module.exports) : undefined;
}

/** A program that began with `require` gets its ES modules later, if at all, and the load hook sees them come. */
function isCommonJsProgram(): boolean {
  const { main } = modules().createRequire(`${process.cwd()}/`);
  return main !== undefined && /\.c?[jt]s$/.test(main.filename);
}

/** What a module exports, by name. CommonJS may be a class or function itself, with the rest beside it. */
export function asExports(module: unknown): Exports {
  if (typeof module !== 'function') return fields(module);
  const named: Record<string, unknown> = {};
  for (const name of Object.keys(module)) named[name] = (module as unknown as Exports)[name];
  return { ...named, [module.name]: module, default: module };
}
