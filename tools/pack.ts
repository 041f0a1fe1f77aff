/**
 * `npm run pack`: builds what is published and packs it into out/. The package.json of the package names sources, so that nothing
 * needs a build in development; the published one is made here and names the bundles.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { adapters } from '../packages/sdk/src/adapters/registry.ts';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'packages/sdk');
const target = join(root, 'out/sdk');

interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  exports: Record<string, string>;
  peerDependencies: Record<string, string>;
}

const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Manifest;
execFileSync(process.execPath, [join(root, 'node_modules/tsdown/dist/run.mjs'), '--log-level', 'error'], {
  cwd: source,
  stdio: 'inherit',
});
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await cp(join(source, 'dist'), join(target, 'dist'), { recursive: true });
await cp(join(source, 'README.md'), join(target, 'README.md'));
await cp(join(root, 'LICENSE'), join(target, 'LICENSE'));
const { name, version, description, license, peerDependencies } = manifest;
const libraries = adapters.map((adapter) => adapter.package);
const published = {
  name,
  version,
  description,
  license,
  type: 'module',
  engines: { node: '>=20.19' },
  // To be imported is all that the zero-code door is for.
  sideEffects: ['./dist/register.mjs', './dist/register.cjs'],
  main: './dist/index.cjs',
  module: './dist/index.mjs',
  types: './dist/index.d.mts',
  exports: {
    ...Object.fromEntries(Object.keys(manifest.exports).map((path) => [path, bundleOf(path)])),
    './package.json': './package.json',
  },
  files: ['dist'],
  // Whoever has one of these has it for reasons of their own; pnpm lets us see it only when we name it.
  peerDependencies: { ...peerDependencies, ...Object.fromEntries(libraries.map((library) => [library, '*'])) },
  peerDependenciesMeta: Object.fromEntries(libraries.map((library) => [library, { optional: true }])),
};
await writeFile(join(target, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);

const { messages } = await publint({ pkgDir: target, strict: true, pack: false });
for (const message of messages) console.error(formatMessage(message, published));
if (messages.length > 0) process.exitCode = 1;

const npm = process.env.npm_execpath;
const [command, ...args] = npm ? [process.execPath, npm] : ['npm'];
const packed = execFileSync(command!, [...args, 'pack', '--silent', '--pack-destination', join(root, 'out')], {
  cwd: target,
  encoding: 'utf8',
});
console.log(`out/${packed.trim().split('\n').at(-1)}`);

/** What a sub-path of the sources becomes: one bundle per module system, each with its types. */
function bundleOf(path: string): object {
  const file = `./dist/${path === '.' ? 'index' : path.slice(2)}`;
  return {
    import: { types: `${file}.d.mts`, default: `${file}.mjs` },
    require: { types: `${file}.d.cts`, default: `${file}.cjs` },
  };
}
