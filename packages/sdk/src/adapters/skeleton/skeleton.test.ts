/** The steps of CONTRIBUTING.md, "Adding a provider", done as they stand there, in a copy of the SDK. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../../../..');

let house: string;
let adapters: string;
beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'tallyspan-skeleton-'));
  adapters = join(house, 'packages/sdk/src/adapters');
  await symlink(join(root, 'node_modules'), join(house, 'node_modules'));
  for (const folder of ['src', 'test'])
    await cp(join(root, 'packages/sdk', folder), join(house, 'packages/sdk', folder), { recursive: true });
  await writeFile(join(house, 'package.json'), '{"type":"module"}');
  await writeFile(join(house, 'vitest.config.ts'), 'export default { test: { testTimeout: 20_000 } };');
});
afterAll(() => rm(house, { recursive: true, force: true }));

function conformance(library: string): Promise<{ code: number; output: string }> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', house, join(adapters, library), join(adapters, 'registry.test.ts')];
  const env = { PATH: process.env.PATH, NO_COLOR: '1' };
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: house, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      done({ code: error ? 1 : 0, output: `${stdout}${stderr}` });
    });
  });
}

/** An import line, and the name in the list. */
async function register(name: string, importLine: string): Promise<void> {
  const path = join(adapters, 'registry.ts');
  const source = (await readFile(path, 'utf8')).replace(`import { ${name} } from './${name}/${name}.ts';\n`, '');
  const listed = source.replace(/adapters: readonly Adapter\[\] = \[([^\]]*)\]/, (_, list: string) => {
    const others = list
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '' && each !== name);
    return `adapters: readonly Adapter[] = [${[name, ...others].join(', ')}]`;
  });
  await writeFile(path, `${importLine}\n${listed}`);
}

describe('adding a provider', () => {
  it(
    'the skeleton itself, registered, passes the conformance suite in under 150 lines',
    { timeout: 120_000 },
    async () => {
      let lines = 0;
      for (const file of ['skeleton.ts', 'chat.ts', 'chat-content.ts', 'usage.ts'])
        lines += (await readFile(join(adapters, 'skeleton', file), 'utf8')).split('\n').length;
      expect(lines).toBeLessThan(150);
      await rename(join(adapters, 'skeleton'), join(adapters, 'bones'));
      await rename(join(adapters, 'bones/skeleton.conformance.ts'), join(adapters, 'bones/bones.conformance.test.ts'));
      await rm(join(adapters, 'bones/skeleton.test.ts'));
      const before = await readFile(join(adapters, 'registry.ts'), 'utf8');
      await register('skeleton', `import { skeleton } from './bones/skeleton.ts';`);
      const { code, output } = await conformance('bones');
      expect(code, output).toBe(0);
      expect(output).toMatch(/Test Files +2 passed/);
      await writeFile(join(adapters, 'registry.ts'), before);
      await rm(join(adapters, 'bones'), { recursive: true });
    },
  );

  it(
    'the steps of CONTRIBUTING.md, done as they stand there, give a provider that passes it too',
    { timeout: 120_000 },
    async () => {
      const guide = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
      const files = [...guide.matchAll(/^```ts\n\/\/ packages\/sdk\/src\/adapters\/(\S+)\n(.*?)^```/gms)];
      const written = files.map(([, file]) => file);
      expect(written).toContain('ollama/ollama.conformance.test.ts');
      // Ours is in the way of the example.
      await rm(join(adapters, 'ollama'), { recursive: true, force: true });
      let lines = 0;
      for (const [, file, source] of files) {
        if (file === 'registry.ts') {
          await register('ollama', source!.trim());
          continue;
        }
        await mkdir(dirname(join(adapters, file!)), { recursive: true });
        await writeFile(join(adapters, file!), source!);
        if (!/conformance|fixtures/.test(file!)) lines += source!.split('\n').length;
      }
      expect(lines).toBeLessThan(150);
      const { code, output } = await conformance('ollama');
      expect(code, output).toBe(0);
      expect(output).toMatch(/Test Files +2 passed/);
    },
  );
});
