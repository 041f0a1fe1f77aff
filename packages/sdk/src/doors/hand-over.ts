import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files } from './builtin.ts';

/** A file that is waited for, as the loader names it. */
export interface Entry {
  /** The package whose entry it is, or the package with the path in it. */
  name: string;
  url: string;
  /** `module`, `commonjs`, …; what the loader makes of it. */
  format: string | null | undefined;
}

type Source = string | ArrayBuffer | NodeJS.TypedArray | null | undefined;

/**
 * The source of an entry with one line more at its end, which hands the finished module to whoever listens; undefined where nothing
 * can be added. A module imports itself for that: the namespace that its users see. Nothing else in the file changes, not even the
 * numbers of its lines.
 */
export function handOver(source: Source, { name, url, format }: Entry): string | undefined {
  if (source === null || source === undefined) return undefined;
  const version = versionOf(url, name);
  if (version === undefined) return undefined;
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  if (text.includes(MARK)) return undefined;
  const handing = (exports: string) =>
    `globalThis[Symbol.for(${MARK})]?.loaded(${JSON.stringify(name)}, ${exports}, ${JSON.stringify(version)});`;
  if (format === 'module')
    return `${text}\nimport * as __tallyspan_self from ${JSON.stringify(url)}; ${handing('__tallyspan_self')}\n`;
  // Without a "type" in its manifest the loader looks into the file only later: then it may still turn out to be a module.
  if (format === 'commonjs' || !format)
    return `${text}\n;if (typeof module === 'object') ${handing('module.exports')}\n`;
  return undefined;
}

const MARK = '"tallyspan.loads.1"';

/** Which of these files this is: `@langchain/core/dist/callbacks/manager` for that file with any extension. */
export function fileAt(url: string, awaited: readonly string[]): string | undefined {
  for (const name of awaited) {
    const at = url.indexOf(`/node_modules/${name}.`);
    if (at >= 0 && !url.includes('/', at + 15 + name.length)) return name;
  }
  return undefined;
}

/** The version in the package's own manifest; undefined where it is another package, so that an alias is left alone. */
export function versionOf(url: string, name: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  let folder = dirname(fileURLToPath(url));
  for (let depth = 0; depth < 8; depth++) {
    try {
      const manifest = JSON.parse(files().readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      // A package may have manifests without a name inside, which only say of which kind their modules are.
      if (manifest.name !== undefined)
        return name === manifest.name || name.startsWith(`${manifest.name}/`) ? (manifest.version ?? '') : undefined;
    } catch {
      // None here: one folder up.
    }
    folder = dirname(folder);
  }
  return undefined;
}
