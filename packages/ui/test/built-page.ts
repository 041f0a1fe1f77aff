/** The page as it is shipped, built once for the sources as they are now: whichever test file comes first builds it for all. */
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { vi } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Not committed, and emptied by nobody but here. */
const shelf = fileURLToPath(new URL('../../../out/page', import.meta.url));
/** What the page is made from: a change of any of these is another page. */
const sources = ['index.html', 'package.json', 'vite.config.ts', 'public', 'src', '../facts/src'];

/** Answers the folder. */
export async function builtPage(): Promise<string> {
  const name = `built-${await newest()}`;
  const folder = join(shelf, name);
  if (await exists(folder)) return folder;
  await mkdir(shelf, { recursive: true });
  const fresh = await mkdtemp(join(shelf, 'building-'));
  // Vitest's own NODE_ENV would take React for developers, which does everything twice.
  vi.stubEnv('NODE_ENV', 'production');
  await build({ root, logLevel: 'silent', build: { outDir: fresh, emptyOutDir: true } });
  vi.unstubAllEnvs();
  // Two that build at once: the second finds the place taken.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  for (const old of await readdir(shelf))
    if (old.startsWith('built-') && old !== name) await rm(join(shelf, old), { recursive: true, force: true });
  return folder;
}

async function newest(): Promise<number> {
  const changed = await Promise.all(sources.map((source) => changedAt(join(root, source))));
  return Math.round(Math.max(...changed));
}

async function changedAt(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const names = (await readdir(path)).filter((name) => name !== 'node_modules');
  // A file that was removed changes its folder.
  return Math.max(found.mtimeMs, ...(await Promise.all(names.map((name) => changedAt(join(path, name))))));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
