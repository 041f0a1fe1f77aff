/** The package as its users get it: packed, installed into an empty folder, on the machine's own Node, as module and as CommonJS. */
import { startFakeProvider } from '@tallyspan/fake-provider';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sink, startSink } from '../packages/sdk/test/otlp-sink.ts';
import { VERSION } from '../packages/sdk/src/version.ts';

const root = resolve(import.meta.dirname, '..');
/** The Node that npm runs on is the machine's; without npm it is the one that runs the tests. */
const node = process.env.npm_node_execpath ?? process.execPath;
const program = (load: string) => `${load}
const openai = watch(new OpenAI({ apiKey: 'k', baseURL: process.env.FAKE, maxRetries: 0 }));
const ask = (content) => openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] });
const analyst = agent({ name: 'analyst', tenant: 'acme-corp' }, (topic) => role('researcher', () => ask(topic)));
analyst('the tally stick').then((answer) => console.log(process.versions.node, answer.object));
`;

let folder: string;
let sink: Sink;
let fake: Awaited<ReturnType<typeof startFakeProvider>>;

beforeAll(async () => {
  execFileSync(process.execPath, ['tools/pack.ts'], { cwd: root, stdio: 'pipe' });
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-published-'));
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  const npm = process.env.npm_execpath ? [node, process.env.npm_execpath] : ['npm'];
  const tarball = join(root, `out/tallyspan-sdk-${VERSION}.tgz`);
  execFileSync(
    npm[0]!,
    [...npm.slice(1), 'install', '--ignore-scripts', '--silent', '--prefer-offline', tarball, 'openai@6.49.0'],
    {
      cwd: folder,
      stdio: 'pipe',
    },
  );
  sink = await startSink();
  fake = await startFakeProvider();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await sink.close();
  await fake.close();
});

async function run(file: string, source: string, runner = node): Promise<{ code: number | null; output: string }> {
  await writeFile(join(folder, file), source);
  return new Promise((done) => {
    const child = spawn(runner, [file], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        FAKE: fake.openaiBaseUrl,
        OPENAI_BASE_URL: fake.openaiBaseUrl,
        OPENAI_API_KEY: 'k',
        OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    child.on('close', (code) => done({ code, output }));
  });
}

describe('the published package', () => {
  it.each([
    ['a module', 'app.mjs', "import { agent, role, watch } from '@tallyspan/sdk';\nimport OpenAI from 'openai';"],
    [
      'CommonJS',
      'app.cjs',
      "const { agent, role, watch } = require('@tallyspan/sdk');\nconst OpenAI = require('openai');",
    ],
  ])('works as %s on the machine’s own Node', async (_, file, load) => {
    const from = sink.spans.length;
    const { code, output } = await run(file, program(load));
    expect(code, output).toBe(0);
    expect(output.trim()).toMatch(/^\d+\.\d+\.\d+ chat\.completion$/);
    const spans = sink.spans.slice(from);
    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      'chat gpt-4o',
      'invoke_agent analyst',
      'role researcher',
    ]);
    expect(spans.find(({ name }) => name === 'chat gpt-4o')!.attributes['tally.cost.usd']).toBeGreaterThan(0);
  });

  it('runs the example of the README as it stands there', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const example = /```ts\n(.*?)```/s.exec(readme)![1]!;
    expect(example.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(10);
    const from = sink.spans.length;
    const { code, output } = await run('example.mts', example, process.execPath);
    expect(code, output).toBe(0);
    const names = sink.spans.slice(from).map(({ name }) => name);
    expect(names.toSorted()).toEqual([
      'chat gpt-4o',
      'chat gpt-4o',
      'invoke_agent analyst',
      'role researcher',
      'role writer',
    ]);
  });

  it('brings one peer, no dependencies and no scripts, and says its version', async () => {
    const manifest = JSON.parse(
      await readFile(join(folder, 'node_modules/@tallyspan/sdk/package.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      version: VERSION,
      peerDependencies: { '@opentelemetry/api': expect.any(String) },
    });
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('scripts');
  });
});
