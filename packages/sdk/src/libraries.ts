/**
 * What `tallyspan doctor` asks: which libraries this SDK knows, and which of them a program in a folder has.
 */
import { adapters } from './adapters/registry.ts';
import { attachments } from './attachments/registry.ts';
import { entriesOf } from './doors/entries.ts';

export interface KnownLibrary {
  /** npm name. */
  package: string;
  /** The range that is proven. Newer ones mostly work; older ones may not. */
  versions: string;
  /** Whether it calls models itself, or tells of agents and tools around such calls. */
  kind: 'client' | 'framework';
  /** The version that a program in that folder would load. */
  installed: string;
}

/** Installed ones only, without loading any of them. */
export function librariesIn(directory: string): KnownLibrary[] {
  const known = [
    ...adapters.map(({ package: name, versions }) => ({ package: name, versions, kind: 'client' as const })),
    ...attachments.map(({ package: name, versions }) => ({ package: name, versions, kind: 'framework' as const })),
  ];
  const found = new Map<string, KnownLibrary>();
  for (const library of known) {
    const installed = entriesOf(library.package, directory)?.version;
    if (installed !== undefined && !found.has(library.package)) found.set(library.package, { ...library, installed });
  }
  return [...found.values()];
}

/** The version of any package as a program in that folder would find it. */
export function installedVersion(name: string, directory: string): string | undefined {
  return entriesOf(name, directory)?.version;
}

export { target as exportTarget } from './environment.ts';
export { post as sendExport } from './otlp/post.ts';
