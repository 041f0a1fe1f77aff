/** Programs that a bundler made into one file, names shortened: nothing can be found by its name or its place. */
import { type FakeProvider, startFakeProvider } from '@tallyspan/fake-provider';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sink, type SinkSpan, startSink } from '../test/otlp-sink.ts';

const root = resolve(import.meta.dirname, '../../..');

let folder: string;
let fake: FakeProvider;
let sink: Sink;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-bundle-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  fake = await startFakeProvider();
  sink = await startSink();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await fake.close();
  await sink.close();
});

interface Built {
  format: 'esm' | 'cjs';
  /** What stays in node_modules. */
  external?: string[];
}

/** A folder of its own, in which only what is external can be found. What is imported late is a file of its own. */
async function build(name: string, source: string, { format, external = [] }: Built): Promise<string> {
  const input = join(folder, `${name}.mts`);
  await writeFile(input, source);
  const bundle = await rolldown({ input, platform: 'node', external });
  const dir = join(folder, 'built', name);
  const extension = format === 'esm' ? 'mjs' : 'cjs';
  const [entryFileNames, chunkFileNames] = [`app.${extension}`, `[name].${extension}`];
  await bundle.write({ dir, format, minify: true, entryFileNames, chunkFileNames });
  for (const library of external) {
    const link = join(dir, 'node_modules', library);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, 'node_modules', library), link);
  }
  return join(dir, entryFileNames);
}

function run(file: string): Promise<{ stdout: string; stderr: string; spans: SinkSpan[] }> {
  const from = sink.spans.length;
  const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: fake.openaiBaseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
  return new Promise((done, failed) => {
    execFile(process.execPath, [file], { cwd: dirname(file), env }, (error, stdout, stderr) => {
      if (error) failed(error);
      else done({ stdout, stderr, spans: sink.spans.slice(from) });
    });
  });
}

const ask = (client: string) =>
  `console.log((await ${client}.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] })).object);`;

describe('a bundled program', () => {
  it.each([
    ['watch', `import { watch } from '@tallyspan/sdk';\nconst client = watch(new OpenAI());`],
    ['observe', `import { observe } from '@tallyspan/sdk';\nconst client = observe(new OpenAI());`],
    [
      'the class given to an instrumentor',
      `import { OpenAIInstrumentor } from '@tallyspan/sdk';\nnew OpenAIInstrumentor().instrument({ module: OpenAI });\nconst client = new OpenAI();`,
    ],
    [
      'the class given to the instrumentor of a sub-path',
      `import { OpenAIInstrumentor } from '@tallyspan/sdk/openai';\nnew OpenAIInstrumentor().instrument({ module: OpenAI });\nconst client = new OpenAI();`,
    ],
  ])('TK-14 records through %s', async (name, door) => {
    for (const format of ['esm', 'cjs'] as const) {
      const source = `import OpenAI from 'openai';\n${door}\nasync function main() { ${ask('client')} }\nvoid main();`;
      const { spans, ...said } = await run(await build(`${name}-${format}`, source, { format }));
      expect(said).toEqual({ stdout: 'chat.completion\n', stderr: '' });
      expect(spans.map((span) => span.name)).toEqual(['chat gpt-4o']);
      expect(spans[0]!.attributes['tally.cost.usd']).toBeGreaterThan(0);
    }
  });

  it('without its class, an instrumentor finds nothing, harms nothing and sends nothing', async () => {
    const source = `import OpenAI from 'openai';\nimport { OpenAIInstrumentor } from '@tallyspan/sdk';
new OpenAIInstrumentor().instrument();\nconst client = new OpenAI();\n${ask('client')}`;
    expect(await run(await build('unseen', source, { format: 'esm' }))).toEqual({
      stdout: 'chat.completion\n',
      stderr: '',
      spans: [],
    });
  });
});

describe('the hook of Next.js', () => {
  it.each(['esm', 'cjs'] as const)(
    'records what serverExternalPackages leaves outside of the bundle (%s)',
    async (format) => {
      // instrumentation.ts as our documentation has it, and a route that is loaded after it, as Next does.
      await writeFile(
        join(folder, 'instrumentation.ts'),
        `export async function register() {
  if (process.env.NEXT_RUNTIME === 'edge') return;
  const { register } = await import('@tallyspan/sdk/next');
  register({ serviceName: 'web' });
}`,
      );
      await writeFile(
        join(folder, 'route.ts'),
        `import OpenAI from 'openai';\nexport async function GET() { ${ask('new OpenAI()')} }`,
      );
      const source = `import { register } from './instrumentation.ts';
async function main() { await register(); await (await import('./route.ts')).GET(); }\nvoid main();`;
      const file = await build(`next-${format}`, source, { format, external: ['openai'] });
      const { spans, ...said } = await run(file);
      expect(said).toEqual({ stdout: 'chat.completion\n', stderr: '' });
      expect(spans.map((span) => [span.name, span.resource['service.name']])).toEqual([['chat gpt-4o', 'web']]);
    },
  );
});
