/**
 * What the published package costs before the first call: the time its import takes, the time that the zero-code door adds to the
 * start of a program and to each module that is none of ours, and its size. Each run is a process of its own; the figure is the median
 * of the main thread's CPU time where Node can tell it (24), else of the whole process's: elapsed time is the machine's mood.
 *
 * Run: npm run bench -- published [--runs 15]
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { median, type Result, report } from './measure.ts';

const RUNS = Number(process.argv[process.argv.indexOf('--runs') + 1]) || 15;
/** So many small modules as a middling application has. */
const MODULES = 1000;

const root = resolve(import.meta.dirname, '..');
execFileSync(process.execPath, [join(root, 'tools/pack.ts')], { cwd: root, stdio: 'ignore' });

const folder = await mkdtemp(join(tmpdir(), 'tallyspan-bench-'));
await mkdir(join(folder, 'node_modules/@tallyspan'), { recursive: true });
await symlink(join(root, 'out/sdk'), join(folder, 'node_modules/@tallyspan/sdk'));
await symlink(join(root, 'node_modules/@opentelemetry'), join(folder, 'node_modules/@opentelemetry'));
const timed = (load: string) => `const cpu = () => {
  const { user, system } = (process.threadCpuUsage ?? process.cpuUsage).call(process);
  return (user + system) / 1000;
};
const began = cpu();\n${load}\nconsole.log(cpu() - began);`;
const programs: Record<string, string> = {
  'api.mjs': timed(`await import('@opentelemetry/api');`),
  'import.mjs': timed(`await import('@tallyspan/sdk');`),
  'register.mjs': timed(`await import('@tallyspan/sdk/register');`),
  'require.cjs': timed(`require('@tallyspan/sdk');`),
  'modules.mjs': timed(`await import('./modules/all.mjs');`),
  'modules.cjs': timed(`require('./modules/all.cjs');`),
};
for (const [file, source] of Object.entries(programs)) await writeFile(join(folder, file), source);
await mkdir(join(folder, 'modules'));
const names = Array.from({ length: MODULES }, (_, index) => `m${index}`);
for (const name of names) {
  await writeFile(join(folder, `modules/${name}.mjs`), `export const ${name} = 1;`);
  await writeFile(join(folder, `modules/${name}.cjs`), `exports.${name} = 1;`);
}
await writeFile(join(folder, 'modules/all.mjs'), names.map((name) => `import './${name}.mjs';`).join('\n'));
await writeFile(join(folder, 'modules/all.cjs'), names.map((name) => `require('./${name}.cjs');`).join('\n'));

/** What the program measured, in milliseconds of CPU. */
function run(file: string, flags: readonly string[] = []): number {
  const args = [...flags, file];
  return Number(
    execFileSync(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH }, encoding: 'utf8' }),
  );
}

/** Both in turn, so that a noisy machine is noisy for both: the median of the differences. */
function difference(first: () => number, second: () => number): number {
  return median(Array.from({ length: RUNS }, () => second() - first()));
}

const hooked = ['--import', '@tallyspan/sdk/register'];
const alone = (file: string) => median(Array.from({ length: RUNS }, () => run(file)));
const results: Result[] = [
  { name: 'import of our peer, @opentelemetry/api', value: alone('api.mjs'), unit: 'ms' },
  { name: 'import, ES module, peer included', value: alone('import.mjs'), unit: 'ms', aim: '≤ 30' },
  { name: 'require, CommonJS, peer included', value: alone('require.cjs'), unit: 'ms', aim: '≤ 30' },
  { name: 'import of register, peer included', value: alone('register.mjs'), unit: 'ms', aim: '≤ 30' },
  ...['mjs', 'cjs'].map((kind) => ({
    name: `register, added to each other .${kind} module`,
    value:
      (difference(
        () => run(`modules.${kind}`),
        () => run(`modules.${kind}`, hooked),
      ) /
        MODULES) *
      1000,
    unit: 'µs',
  })),
  { name: 'size of all, without price tables', value: await size(), unit: 'KB', aim: 'gzip of minified' },
  {
    name: 'size of the core, without libraries and frameworks',
    value: await size([/\/adapters\//, /\/attachments\//]),
    unit: 'KB',
    aim: '≤ 60, gzip of minified',
  },
];

/** Of the face and what it imports at once; the guard and the price tables come when they are asked for. */
async function size(without: readonly RegExp[] = []): Promise<number> {
  const bundle = await rolldown({
    input: join(root, 'packages/sdk/src/index.ts'),
    platform: 'node',
    external: [/^@opentelemetry\//, /tables\.generated/, ...without],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  const chunks = new Map(output.flatMap((chunk) => (chunk.type === 'chunk' ? [[chunk.fileName, chunk] as const] : [])));
  const needed = new Set([...chunks.values()].filter((chunk) => chunk.isEntry));
  for (const chunk of needed) for (const name of chunk.imports) if (chunks.has(name)) needed.add(chunks.get(name)!);
  return [...needed].reduce((sum, { code }) => sum + gzipSync(code).length, 0) / 1024;
}

await report('published', results);
await rm(folder, { recursive: true, force: true });
