/** Programs with decorators, as the TypeScript compiler makes them run: Node itself does not know the syntax yet. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

/** Compiles `source`, a module that exports `make`, and answers that function. `older` compiles for `experimentalDecorators`. */
export async function decorated<Make>(source: string, { older = false } = {}): Promise<Make> {
  const directory = await mkdtemp(join(tmpdir(), 'tallyspan-decorated-'));
  try {
    await writeFile(join(directory, 'decorated.ts'), source);
    const options = ['--target', 'es2022', '--module', 'esnext', '--outDir', directory, '--noCheck'];
    if (older) options.push('--experimentalDecorators');
    execFileSync(process.execPath, [compiler, ...options, join(directory, 'decorated.ts')], { cwd: directory });
    const made = (await import(/* @vite-ignore */ pathToFileURL(join(directory, 'decorated.js')).href)) as {
      make: Make;
    };
    return made.make;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
