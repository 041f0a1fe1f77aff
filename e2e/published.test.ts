/** What is published, on every runtime it is for. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../packages/sdk/src/version.ts';
import { ensureRuntime, type FoundRuntime } from '../tools/runtimes.ts';
import { installPublished, machineNode, type Published, root } from './published.ts';

const program = (load: string) => `${load}
const openai = watch(new OpenAI({ apiKey: 'k', baseURL: process.env.FAKE, maxRetries: 0 }));
const ask = (content) => openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] });
const analyst = agent({ name: 'analyst', tenant: 'acme-corp' }, (topic) => role('researcher', () => ask(topic)));
analyst('the tally stick').then((answer) => console.log(answer.object));
`;
const asModule = program("import { agent, role, watch } from '@tallyspan/sdk';\nimport OpenAI from 'openai';");
const asCommonJs = program(
  "const { agent, role, watch } = require('@tallyspan/sdk');\nconst OpenAI = require('openai');",
);
const ask = `new OpenAI({ maxRetries: 0 }).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] })`;

let published: Published;
beforeAll(async () => {
  published = await installPublished(['openai@6.49.0']);
}, 240_000);
afterAll(() => published?.remove());

/** The machine's own, the one of the tools, and those that are fetched for these tests. */
const nodes: [string, () => FoundRuntime][] = [
  ['the machine’s own Node', () => ({ path: machineNode })],
  ['Node 22', () => ensureRuntime('node 22')],
  ['Node 24', () => ({ path: process.execPath })],
  ['Node 26', () => ensureRuntime('node 26')],
];
/** Fetching may take its time. */
const timeout = 300_000;

describe.each(nodes)('the published package on %s', (_, find) => {
  it.for([
    ['a module', 'app.mjs', asModule],
    ['CommonJS', 'app.cjs', asCommonJs],
  ] as const)('works as %s', { timeout }, async ([, file, source], { skip }) => {
    const node = find();
    if ('problem' in node) return skip(node.problem);
    const { spans, ...ended } = await published.run(file, source, [node.path]);
    expect(ended).toEqual({ code: 0, stdout: 'chat.completion\n', stderr: '' });
    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      'chat gpt-4o',
      'invoke_agent analyst',
      'role researcher',
    ]);
    expect(spans.find(({ name }) => name === 'chat gpt-4o')!.attributes['tally.cost.usd']).toBeGreaterThan(0);
  });

  it.for([
    ['a module', 'plain.mjs', `import OpenAI from 'openai';\nconsole.log((await ${ask}).object);`],
    ['CommonJS', 'plain.cjs', `const OpenAI = require('openai');\n${ask}.then((a) => console.log(a.object));`],
    [
      'a module with a worker thread',
      'worker.mjs',
      `import OpenAI from 'openai';
import { isMainThread, Worker } from 'node:worker_threads';
if (isMainThread) new Worker(new URL(import.meta.url));
else console.log((await ${ask}).object);`,
    ],
  ] as const)(
    'TK-14 COST-06 --import @tallyspan/sdk/register records %s',
    { timeout },
    async ([, file, source], { skip }) => {
      const node = find();
      if ('problem' in node) return skip(node.problem);
      const { spans, ...ended } = await published.run(file, source, [node.path, '--import', '@tallyspan/sdk/register']);
      expect(ended).toEqual({ code: 0, stdout: 'chat.completion\n', stderr: '' });
      expect(spans.map(({ name }) => name)).toEqual(['chat gpt-4o']);
    },
  );

  it.for([
    [
      'a module',
      'class.mjs',
      `import OpenAI from 'openai';\nimport { OpenAIInstrumentor } from '@tallyspan/sdk';
const instrumentor = new OpenAIInstrumentor().instrument();\nconsole.log((await ${ask}).object);\ninstrumentor.uninstrument();\nawait ${ask};`,
    ],
    [
      'CommonJS, loaded later',
      'class.cjs',
      `const { OpenAIInstrumentor } = require('@tallyspan/sdk/openai');
const instrumentor = new OpenAIInstrumentor().instrument();\nconst OpenAI = require('openai');
${ask}.then((a) => { console.log(a.object); instrumentor.uninstrument(); return ${ask}; });`,
    ],
  ] as const)(
    'TK-14 TK-22 an instrumentor records %s until it is taken back',
    { timeout },
    async ([, file, source], { skip }) => {
      const node = find();
      if ('problem' in node) return skip(node.problem);
      const { spans, ...ended } = await published.run(file, source, [node.path]);
      expect(ended).toEqual({ code: 0, stdout: 'chat.completion\n', stderr: '' });
      expect(spans.map(({ name }) => name)).toEqual(['chat gpt-4o']);
    },
  );

  it('COST-02 llm() finds the library of the program, from CommonJS as well', { timeout }, async ({ skip }) => {
    const node = find();
    if ('problem' in node) return skip(node.problem);
    const call = `llm({ provider: 'openai', model: 'gpt-4o', prompt: 'Hi.' }).then((a) => console.log(a.object), (e) => console.log(e));`;
    for (const [file, load] of [
      ['llm.mjs', `import { llm } from '@tallyspan/sdk';`],
      ['llm.cjs', `const { llm } = require('@tallyspan/sdk');`],
    ] as const) {
      const { stdout, spans } = await published.run(file, `${load}\n${call}`, [node.path]);
      expect(stdout).toBe('chat.completion\n');
      expect(spans).toHaveLength(1);
    }
  });
});

describe('other runtimes', () => {
  it.for([
    ['bun', ['run']],
    ['deno', ['run', '--quiet', '--allow-all', '--node-modules-dir=manual', '--no-lock']],
  ] as const)('%s records the calls of a watched client', { timeout }, async ([name, flags], { skip }) => {
    const runtime = ensureRuntime(name);
    if ('problem' in runtime) return skip(runtime.problem);
    const { spans, code, stdout, stderr } = await published.run('app.mjs', asModule, [runtime.path, ...flags]);
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'chat.completion\n' });
    expect(spans.map(({ name: span }) => span).toSorted()).toEqual([
      'chat gpt-4o',
      'invoke_agent analyst',
      'role researcher',
    ]);
  });
});

describe('the package', () => {
  it('runs the example of the README as it stands there', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const example = /```ts\n(.*?)```/s.exec(readme)![1]!;
    expect(example.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(10);
    const { code, stderr, spans } = await published.run('example.mts', example, [process.execPath]);
    expect(code, stderr).toBe(0);
    const names = spans.map(({ name }) => name);
    expect(names.toSorted()).toEqual([
      'chat gpt-4o',
      'chat gpt-4o',
      'invoke_agent analyst',
      'role researcher',
      'role writer',
    ]);
  });

  it('brings no dependencies and no scripts, names the libraries it knows as optional, and says its version', async () => {
    const manifest = JSON.parse(
      await readFile(join(published.folder, 'node_modules/@tallyspan/sdk/package.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      version: VERSION,
      peerDependencies: { '@opentelemetry/api': expect.any(String), openai: '*' },
      peerDependenciesMeta: { openai: { optional: true } },
    });
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest['peerDependenciesMeta']).not.toHaveProperty('@opentelemetry/api');
  });

  it('TK-02 a bundle of one library’s sub-path holds no other library’s code', async () => {
    const all = ['openai', 'anthropic', 'google', 'cohere', 'mistral'];
    const mark: Record<string, RegExp> = {
      openai: /package: "openai"/,
      anthropic: /package: "@anthropic-ai\/sdk"/,
      google: /package: "@google\/genai"/,
      cohere: /package: "cohere-ai"/,
      mistral: /package: "@mistralai\/mistralai"/,
    };
    for (const name of all) {
      const input = join(published.folder, `only-${name}.mjs`);
      await writeFile(input, `export * from '@tallyspan/sdk/${name}';`);
      const bundle = await rolldown({ input, platform: 'node', external: [/^@opentelemetry\//] });
      const { output } = await bundle.generate({ format: 'esm' });
      const code = output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n');
      expect(all.filter((other) => mark[other]!.test(code))).toEqual([name]);
    }
  });
});
