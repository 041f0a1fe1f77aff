/** The zero-code door in processes of their own, as a user starts them. Node 20, 22 and 26 are in e2e/published.test.ts. */
import { startFakeProvider, type FakeProvider } from '@tallyspan/fake-provider';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sink, startSink } from '../../test/otlp-sink.ts';
import { isWanted } from './zero-code.ts';

const root = resolve(import.meta.dirname, '../../../..');
const register = pathToFileURL(resolve(import.meta.dirname, '../register.ts')).href;

let folder: string;
let fake: FakeProvider;
let sink: Sink;
let from = 0;

/** A folder with libraries in it, by the name under which the program asks for them. */
async function install(name: string, libraries: Record<string, string>): Promise<void> {
  for (const [library, where] of Object.entries(libraries)) {
    const link = join(folder, name, 'node_modules', library);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, 'node_modules', where), link);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-zero-code-'));
  fake = await startFakeProvider();
  sink = await startSink();
  await install('six', { openai: 'openai-6' });
  await install('seven', {
    openai: 'openai',
    '@anthropic-ai/sdk': '@anthropic-ai/sdk',
    '@google/genai': '@google/genai',
  });
  await mkdir(join(folder, 'all'));
  await symlink(join(root, 'node_modules'), join(folder, 'all/node_modules'));
  await mkdir(join(folder, 'strange/node_modules/openai'), { recursive: true });
  await writeFile(join(folder, 'strange/node_modules/openai/package.json'), '{"name":"openai","version":"99.0.0"}');
  await writeFile(
    join(folder, 'strange/node_modules/openai/index.js'),
    'exports.OpenAI = class { ask() { return 1; } };',
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await fake.close();
  await sink.close();
});
beforeEach(() => {
  from = sink.spans.length;
});

interface Run {
  flags?: string[];
  env?: Record<string, string>;
}

async function run(file: string, source: string, { flags = ['--import', register], env = {} }: Run = {}) {
  const path = join(folder, file);
  await writeFile(path, source);
  const child = spawn(process.execPath, [...flags, path], {
    cwd: dirname(path),
    env: {
      PATH: process.env.PATH,
      OPENAI_API_KEY: 'k',
      OPENAI_BASE_URL: fake.openaiBaseUrl,
      ANTHROPIC_API_KEY: 'k',
      ANTHROPIC_BASE_URL: fake.anthropicBaseUrl,
      GOOGLE: fake.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      OTEL_SERVICE_NAME: 'zero',
      ...env,
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, stdout, stderr, spans: sink.spans.slice(from) };
}

const ask = `new OpenAI().chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] })`;
const answered = { code: 0, stdout: 'chat.completion\n', stderr: '' };

describe('node --import @tallyspan/sdk/register', () => {
  it.each([
    ['a module, openai 7', 'seven/app.mjs', `import OpenAI from 'openai';\nconsole.log((await ${ask}).object);`],
    ['a module, openai 6', 'six/app.mjs', `import { OpenAI } from 'openai';\nconsole.log((await ${ask}).object);`],
    [
      'CommonJS, openai 7',
      'seven/app.cjs',
      `const OpenAI = require('openai');\n${ask}.then((a) => console.log(a.object));`,
    ],
    [
      'CommonJS, openai 6',
      'six/app.cjs',
      `const { OpenAI } = require('openai');\n${ask}.then((a) => console.log(a.object));`,
    ],
    [
      'a module loaded late',
      'seven/late.mjs',
      `const { default: OpenAI } = await import('openai');\nconsole.log((await ${ask}).object);`,
    ],
    [
      'CommonJS from a module',
      'seven/mixed.mjs',
      `import { createRequire } from 'node:module';\nconst OpenAI = createRequire(import.meta.url)('openai');\nconsole.log((await ${ask}).object);`,
    ],
  ])('TK-14 COST-06 records without a line of code: %s', async (_, file, source) => {
    const { spans, ...ended } = await run(file, source);
    expect(ended).toEqual(answered);
    expect(spans.map(({ name }) => name)).toEqual(['chat gpt-4o']);
    expect(spans[0]!.resource['service.name']).toBe('zero');
    expect(spans[0]!.attributes['tally.cost.usd']).toBeGreaterThan(0);
  });

  it('records several libraries, those with methods on each client as well', async () => {
    fake.respond(({ path }) =>
      path.includes('generateContent')
        ? {
            body: JSON.stringify({
              candidates: [{ content: { role: 'model', parts: [{ text: 'Hi.' }] }, finishReason: 'STOP', index: 0 }],
              usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
              modelVersion: 'gemini-2.5-flash',
            }),
            headers: { 'content-type': 'application/json' },
          }
        : undefined,
    );
    const { spans, ...ended } = await run(
      'seven/several.mjs',
      `import OpenAI from 'openai';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
await ${ask};
await new Anthropic().messages.create({ model: 'claude-sonnet-4', max_tokens: 9, messages: [{ role: 'user', content: 'Hi.' }] });
const google = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: process.env.GOOGLE } });
console.log((await google.models.generateContent({ model: 'gemini-2.5-flash', contents: 'Hi.' })).text);`,
    );
    fake.respond(undefined);
    expect(ended).toEqual({ code: 0, stdout: 'Hi.\n', stderr: '' });
    expect(spans.map(({ attributes }) => attributes['gen_ai.provider.name'])).toEqual([
      'openai',
      'anthropic',
      'gcp.gemini',
    ]);
  });

  it.each([
    [
      'LangChain.js',
      `import { ChatOpenAI } from '@langchain/openai';
const model = new ChatOpenAI({ model: 'gpt-4o', configuration: { baseURL: process.env.OPENAI_BASE_URL } });
console.log((await model.invoke('Hi.')).getType());`,
      'ai',
    ],
    [
      'the AI SDK',
      `import { generateText } from 'ai';
import { openai } from '@ai-sdk/openai';
console.log((await generateText({ model: openai.chat('gpt-4o'), prompt: 'Hi.' })).finishReason);`,
      'stop',
    ],
  ])(
    'a framework is heard and its provider’s library too, and a model call is one span: %s',
    async (_, source, says) => {
      const { spans, ...ended } = await run('all/framework.mjs', source);
      expect(ended).toEqual({ code: 0, stdout: `${says}\n`, stderr: '' });
      const billed = spans.filter(({ attributes }) => 'gen_ai.usage.input_tokens' in attributes);
      expect(billed.map(({ name }) => name)).toEqual(['chat gpt-4o']);
    },
  );

  it('an agent of the OpenAI Agents SDK is one tree: every span is below one that is there', async () => {
    const { spans, ...ended } = await run(
      'all/agents.mjs',
      `import { Agent, run, setDefaultOpenAIClient } from '@openai/agents';
import OpenAI from 'openai';
setDefaultOpenAIClient(new OpenAI());
const result = await run(new Agent({ name: 'helper', instructions: 'Help.', model: 'gpt-4o' }), 'Hi');
console.log(typeof result.finalOutput);`,
      { env: { OPENAI_AGENTS_DISABLE_TRACING: '0' }, flags: ['--import', register] },
    );
    expect(ended.stdout).toBe('string\n');
    const parentOf = (name: string) => {
      const span = spans.find((each) => each.name === name)!;
      return spans.find(({ spanId }) => spanId === span.parentSpanId)?.name;
    };
    expect(spans.map(({ name }) => name).toSorted()).toEqual([
      'agent_step',
      'chat gpt-4o',
      'invoke_agent helper',
      'invoke_workflow',
    ]);
    expect(parentOf('chat gpt-4o')).toBe('agent_step');
    expect(parentOf('agent_step')).toBe('invoke_agent helper');
    expect(parentOf('invoke_agent helper')).toBe('invoke_workflow');
  });

  it('works from NODE_OPTIONS, in worker threads, and in child processes of the program', async () => {
    const { spans, ...ended } = await run(
      'seven/threads.mjs',
      `import OpenAI from 'openai';
import { fork } from 'node:child_process';
import { isMainThread, Worker } from 'node:worker_threads';
await ${ask};
if (isMainThread && !process.argv[2]) {
  new Worker(new URL(import.meta.url));
  fork(new URL(import.meta.url), ['child']);
}`,
      { flags: [], env: { NODE_OPTIONS: `--import ${register}` } },
    );
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(spans.map(({ name }) => name)).toEqual(['chat gpt-4o', 'chat gpt-4o', 'chat gpt-4o']);
  });

  it('together with watch and an instrumentor in the program, each call is recorded once', async () => {
    const sdk = pathToFileURL(resolve(import.meta.dirname, '../index.ts')).href;
    const { spans, ...ended } = await run(
      'seven/all.mjs',
      `import OpenAI from 'openai';
import { OpenAIInstrumentor, watch } from ${JSON.stringify(sdk)};
new OpenAIInstrumentor().instrument();
await ${ask};
await watch(new OpenAI()).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] });`,
    );
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(spans).toHaveLength(2);
  });

  it('leaves a version it does not know as it is, with one line that says so', async () => {
    await writeFile(
      join(folder, 'strange/log.cjs'),
      `const { diag, DiagConsoleLogger } = require(${JSON.stringify(resolve(root, 'node_modules/@opentelemetry/api'))});
diag.setLogger(new DiagConsoleLogger(), { logLevel: 50, suppressOverrideMessage: true });`,
    );
    const { spans, ...ended } = await run(
      'strange/app.cjs',
      `const { OpenAI } = require('openai');\nconsole.log(new OpenAI().ask());`,
      { flags: ['--require', './log.cjs', '--import', register] },
    );
    expect(ended).toEqual({
      code: 0,
      stdout: '1\n',
      stderr: expect.stringMatching(
        /^tallyspan: openai 99\.0\.0 is not instrumented: [^\n]+ It works as before; [^\n]+\n$/,
      ),
    });
    expect(spans).toEqual([]);
  });

  it('does nothing with OTEL_SDK_DISABLED=true, nor for a library that the environment turns off', async () => {
    const source = `import OpenAI from 'openai';\nconsole.log(OpenAI.Chat.Completions.prototype.create.toString().includes('_client'));`;
    const off: Record<string, string>[] = [
      { OTEL_SDK_DISABLED: 'true' },
      { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'fs, openai' },
    ];
    for (const env of off)
      expect(await run('seven/off.mjs', source, { env })).toEqual({ code: 0, stdout: 'true\n', stderr: '', spans: [] });
    expect(isWanted({ package: 'openai' }, { OTEL_NODE_ENABLED_INSTRUMENTATIONS: '@anthropic-ai/sdk' })).toBe(false);
    expect(isWanted({ package: 'openai' }, { OTEL_NODE_ENABLED_INSTRUMENTATIONS: '@anthropic-ai/sdk,openai' })).toBe(
      true,
    );
  });

  it('changes nothing of how a program fails', async () => {
    const source = `import 'openai';\nthrow new TypeError('mine');`;
    const bare = await run('seven/fail.mjs', source, { flags: [] });
    const seen = await run('seven/fail.mjs', source);
    expect(seen).toEqual(bare);
    expect(seen.code).toBe(1);
  });
});
