import { join } from 'node:path';
import { fields, text } from '../read.ts';
import { files, modules } from './builtin.ts';

/** Where an installed package begins, for each of the two module systems. The same file twice where it has only one. */
export interface Entries {
  folder: string;
  version: string | undefined;
  import: string | undefined;
  require: string | undefined;
}

/** The package as a program in `directory` would find it, without loading anything; undefined where it is not installed. */
export function entriesOf(name: string, directory: string): Entries | undefined {
  for (const place of modules().createRequire(join(directory, '/')).resolve.paths(name) ?? []) {
    const folder = join(place, name);
    if (files().existsSync(join(folder, 'package.json'))) return entriesIn(folder);
  }
  return undefined;
}

/** The same for a folder that holds a package. */
export function entriesIn(folder: string): Entries | undefined {
  try {
    const manifest = fields(JSON.parse(files().readFileSync(join(folder, 'package.json'), 'utf8')));
    const root = 'exports' in manifest ? rootExport(manifest.exports) : (text(manifest.main) ?? 'index.js');
    const pick = (system: 'import' | 'require') => {
      const target = pickTarget(root, system);
      return target === undefined ? undefined : fileOf(join(folder, target));
    };
    return { folder, version: text(manifest.version), import: pick('import'), require: pick('require') };
  } catch {
    return undefined;
  }
}

/** `exports` is what stands at `.`, or a table of sub-paths. */
function rootExport(exports: unknown): unknown {
  const table = fields(exports);
  return Array.isArray(exports) || !Object.keys(table).some((key) => key.startsWith('.')) ? exports : table['.'];
}

/** The first condition that holds, in the order of the package. Source: Node.js documentation, "Conditional exports". */
function pickTarget(target: unknown, system: 'import' | 'require'): string | undefined {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return target.map((each) => pickTarget(each, system)).find((each) => each !== undefined);
  for (const [condition, inner] of Object.entries(fields(target))) {
    if (!['node', 'node-addons', 'module-sync', 'default', system].includes(condition)) continue;
    const picked = pickTarget(inner, system);
    if (picked !== undefined) return picked;
  }
  return undefined;
}

/** `main` may leave out the extension, or name a folder. */
function fileOf(path: string): string | undefined {
  return [path, `${path}.js`, join(path, 'index.js')].find(
    (candidate) => /\.[cm]?js$/.test(candidate) && files().existsSync(candidate),
  );
}
