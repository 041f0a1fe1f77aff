import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkFloors, floors } from './floors.ts';

let root: string;

/** A house as empty as it can be: every room with its name, nothing declared. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'floors-'));
  write('package.json', JSON.stringify({ devDependencies: { vitest: '5.1.1', openai: '7.57.0' } }));
  for (const [folder, { name }] of Object.entries(floors)) declare(folder, { name });
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function declare(folder: string, manifest: object) {
  write(`packages/${folder}/package.json`, JSON.stringify(manifest));
}

/** What the checker says, as it is printed. */
function said() {
  return checkFloors(root).problems.map(({ file, line, what, fix }) => `${file}:${line} ${what}. ${fix}`);
}

it('an import that goes down, of a declared dependency, is fine', () => {
  declare('sdk', { name: '@tallyspan/sdk', dependencies: { '@tallyspan/facts': '0.1.0' } });
  write('packages/sdk/src/a.ts', "import { limits } from '@tallyspan/facts';\nimport { b } from './deep/b.ts';\n");
  write('packages/sdk/src/deep/b.ts', "import { readFile } from 'node:fs/promises';\nexport * from '../a.ts';\n");
  expect(checkFloors(root)).toEqual({ problems: [], imports: 4, files: 2 });
});

it('an import that goes up is refused, and the message names the replacement', () => {
  write('packages/facts/src/a.ts', "\nimport { startServer } from '@tallyspan/server';\n");
  expect(said()).toMatchInlineSnapshot(`
    [
      "packages/facts/src/a.ts:2 imports @tallyspan/server (floor 2) from floor 0. Imports go down: move what both need to packages/facts, or hand it in as an argument from above.",
    ]
  `);
});

it('neighbours on one floor do not know each other, not even by type', () => {
  write('packages/sdk/src/a.ts', "import type { Store } from '@tallyspan/store';\n");
  expect(said()).toMatchInlineSnapshot(`
    [
      "packages/sdk/src/a.ts:1 imports @tallyspan/store, which is on the same floor (1). Neighbours do not know each other: move what both need to packages/facts, and let a higher floor join them.",
    ]
  `);
});

it('the page takes types from the server', () => {
  declare('ui', { name: '@tallyspan/ui', devDependencies: { '@tallyspan/server': '0.1.0' } });
  write(
    'packages/ui/src/a.tsx',
    "import type { Trace } from '@tallyspan/server';\nexport type { Span } from '@tallyspan/server';\n",
  );
  expect(said()).toEqual([]);
});

it('the page takes no code from the server, and a type among braces leaves the import behind', () => {
  declare('ui', { name: '@tallyspan/ui', dependencies: { '@tallyspan/server': '0.1.0' } });
  write('packages/ui/src/a.ts', "import { routes } from '@tallyspan/server';\n");
  write('packages/ui/src/b.ts', "import { type Trace } from '@tallyspan/server';\n");
  write('packages/ui/src/c.ts', "const later = () => import('@tallyspan/server');\n");
  expect(said()).toMatchInlineSnapshot(`
    [
      "packages/ui/package.json:1 depends on @tallyspan/server. Move it to "devDependencies": only its types may be used here.",
      "packages/ui/src/a.ts:1 imports @tallyspan/server as code. Write "import type": only its types may be used here.",
      "packages/ui/src/b.ts:1 imports @tallyspan/server as code. Write "import type": only its types may be used here.",
      "packages/ui/src/c.ts:1 imports @tallyspan/server as code. Write "import type": only its types may be used here.",
    ]
  `);
});

it('a room lower down can be closed to one higher up', () => {
  declare('server', { name: '@tallyspan/server', dependencies: { '@tallyspan/sdk': '0.1.0' } });
  write('packages/server/src/a.ts', "import { watch } from '@tallyspan/sdk';\n");
  expect(said()).toMatchInlineSnapshot(`
    [
      "packages/server/package.json:1 imports @tallyspan/sdk. Not from here: the server reads OTLP from anybody; what both must agree on belongs in packages/facts.",
      "packages/server/src/a.ts:1 imports @tallyspan/sdk. Not from here: the server reads OTLP from anybody; what both must agree on belongs in packages/facts.",
    ]
  `);
});

it('a dependency in package.json that goes up is refused before anybody imports it', () => {
  declare('store', { name: '@tallyspan/store', dependencies: { '@tallyspan/server': '0.1.0' } });
  expect(said()).toHaveLength(1);
});

it('a relative import that leaves its package is refused', () => {
  write(
    'packages/cli/src/a.ts',
    "import { store } from '../../store/src/store.ts';\nimport tool from '../../../tools/x.ts';\n",
  );
  expect(said()).toMatchInlineSnapshot(`
    [
      "packages/cli/src/a.ts:1 imports ../../store/src/store.ts, which lies outside the package. Import "@tallyspan/store" and export what is needed from its index.ts.",
      "packages/cli/src/a.ts:2 imports ../../../tools/x.ts, which lies outside the package. Move the file into this package, or make it a dependency with a name.",
    ]
  `);
});

it('code that ships declares what it imports; types may come from a dev dependency, tests from the root', () => {
  write('packages/store/src/a.ts', "import duckdb from '@duckdb/node-api';\n");
  write('packages/store/src/b.ts', "import type OpenAI from 'openai';\n");
  write('packages/store/src/b.test.ts', "import { it } from 'vitest';\nimport OpenAI from 'openai/index.mjs';\n");
  expect(said()).toMatchInlineSnapshot(`
    [
      "packages/store/src/a.ts:1 imports @duckdb/node-api, which its package.json does not declare. Add "@duckdb/node-api" to "dependencies" of packages/store/package.json with an exact version.",
    ]
  `);
});

it('what also runs in a browser does without the modules of Node', () => {
  write('packages/facts/src/a.ts', "import { readFileSync } from 'fs';\n");
  write('packages/facts/src/a.test.ts', "import { readFileSync } from 'node:fs';\n");
  expect(said()).toMatchInlineSnapshot(`
    [
      "packages/facts/src/a.ts:1 imports fs, but @tallyspan/facts also runs in a browser. Pass in what it gives from a package that runs in Node only, such as packages/store or packages/cli.",
    ]
  `);
});

it('a folder in packages without a floor is refused', () => {
  declare('attic', { name: '@tallyspan/attic' });
  expect(said()).toMatchInlineSnapshot(`
    [
      "packages/attic:1 is on no floor. Give it a floor in the table of tools/floors.ts, or move it out of packages.",
    ]
  `);
});

it('words in comments, strings and page text are not imports', () => {
  write(
    'packages/facts/src/a.tsx',
    `// import { a } from '@tallyspan/server';
    const text = "import a from '@tallyspan/server'";
    const page = <p>import a from '@tallyspan/server'</p>;`,
  );
  expect(checkFloors(root)).toEqual({ problems: [], imports: 0, files: 1 });
});

it('types written as import() and modules asked for with require() count too', () => {
  write(
    'packages/facts/src/a.ts',
    "export type S = import('@tallyspan/store').Store;\nconst s = require('@tallyspan/store');\n",
  );
  expect(said()).toHaveLength(2);
});
