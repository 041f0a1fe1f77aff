import type { Adapter } from './adapter.ts';
import { entriesOf } from './doors/entries.ts';
import { warnOnce } from './state.ts';

/**
 * No version is too new for us: a shape that is known works, one that is not passes untouched. This is the one line that then says so;
 * nobody shall find out by missing spans.
 */
export function warnOfShape({ package: name, versions }: Adapter, what: string): void {
  warnOnce(
    `shape:${name}:${what}`,
    `${name} ${versionOf(name) ?? '(version not found)'}: ${what}. It works as before. Proven are versions ${versions}; ` +
      `try a newer @tallyspan/sdk, or tell us`,
  );
}

function versionOf(name: string): string | undefined {
  try {
    return entriesOf(name, process.cwd())?.version;
  } catch {
    return undefined;
  }
}
