/** Two majors of each library where two are in use, on the lowest and the highest Node we are for: bare against watched. */
import { type RecordedRequest, type Reply, startFakeProvider } from '@tallyspan/fake-provider';
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as cohere from '../packages/sdk/src/adapters/cohere/fixtures/answers.ts';
import * as gemini from '../packages/sdk/src/adapters/google/fixtures/answers.ts';
import * as mistral from '../packages/sdk/src/adapters/mistral/fixtures/answers.ts';
import { type Sink, startSink } from '../packages/sdk/test/otlp-sink.ts';
import { ensureRuntime, type FoundRuntime } from '../tools/runtimes.ts';
import { machineNode, root } from './published.ts';

/** How each library says: a whole answer, a stream, and a call that is refused. `%` is the name it is installed under. */
const chat = `{ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }`;
const libraries: Record<string, { names: readonly string[]; source: string }> = {
  openai: {
    names: ['openai', 'openai-6'],
    source: `const { default: OpenAI } = await import('%');
      const make = () => new OpenAI({ apiKey: 'k', baseURL: FAKE + '/v1', maxRetries: 0 });
      const whole = (client, model = 'gpt-4o') => client.chat.completions.create({ ...${chat}, model });
      const stream = (client) => client.chat.completions.create({ ...${chat}, stream: true });`,
  },
  anthropic: {
    names: ['@anthropic-ai/sdk', 'anthropic-0'],
    source: `const { default: Anthropic } = await import('%');
      const make = () => new Anthropic({ apiKey: 'k', baseURL: FAKE, maxRetries: 0 });
      const ask = { model: 'claude-sonnet-4-20250514', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
      const whole = (client, model = ask.model) => client.messages.create({ ...ask, model });
      const stream = (client) => client.messages.create({ ...ask, stream: true });`,
  },
  google: {
    names: ['@google/genai', 'genai-2'],
    source: `const { GoogleGenAI } = await import('%');
      const make = () => new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: FAKE } });
      const whole = (client, model = 'gemini-2.5-flash') => client.models.generateContent({ model, contents: 'Hi' });
      const stream = (client) => client.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'Hi' });`,
  },
  cohere: {
    names: ['cohere-ai', 'cohere-7'],
    source: `const { CohereClientV2 } = (await import('%')).default;
      const make = () => new CohereClientV2({ token: 'k', environment: FAKE, maxRetries: 0 });
      const ask = { model: 'command-r', messages: [{ role: 'user', content: 'Hi' }] };
      const whole = (client, model = ask.model) => client.chat({ ...ask, model }, { maxRetries: 0 });
      const stream = (client) => client.chatStream(ask);`,
  },
  mistral: {
    names: ['@mistralai/mistralai', 'mistral-1'],
    source: `const { Mistral } = await import('%');
      const make = () => new Mistral({ apiKey: 'k', serverURL: FAKE, retryConfig: { strategy: 'none' } });
      const whole = (client, model = 'mistral-large-latest') => client.chat.complete({ ...${chat}, model });
      const stream = (client) => client.chat.stream({ ...${chat}, model: 'mistral-large-latest' });`,
  },
};

/** What the program prints is what it could see, and that is the same with every door. */
const program = (source: string) => `
import { observe, watch } from '../sdk/dist/index.mjs';
const FAKE = process.env.FAKE;
${source}
const see = async (run) => {
  try {
    const answer = await run();
    if (!answer?.[Symbol.asyncIterator]) return [answer.constructor.name, Object.keys(answer).sort()];
    let chunks = 0;
    for await (const chunk of answer) if (chunk) chunks++;
    return [answer.constructor.name, chunks];
  } catch (error) {
    return [error.constructor.name, error.status ?? error.statusCode];
  }
};
const doors = { bare: (client) => client, watch, observe };
for (const [name, door] of Object.entries(doors)) {
  const client = door(make());
  const seen = [await see(() => whole(client)), await see(() => stream(client)), await see(() => whole(client, 'refuse-me'))];
  console.log(name, JSON.stringify(seen));
}
`;

function answer(request: RecordedRequest): Reply | undefined {
  if (request.rawBody.includes('refuse-me') || request.path.includes('refuse-me')) {
    return {
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: { error: { message: 'no' }, message: 'no' },
    };
  }
  if (request.path.includes(':generateContent')) return gemini.whole;
  if (request.path.includes(':streamGenerateContent')) return gemini.streamed;
  if (request.path === '/v2/chat') return request.body.stream === true ? cohere.v2Stream : cohere.v2Chat;
  if (request.model?.startsWith('mistral')) return request.body.stream === true ? mistral.stream : mistral.said;
  return undefined;
}

const folder = join(root, 'out/majors');
let fake: Awaited<ReturnType<typeof startFakeProvider>>;
let sink: Sink;
beforeAll(async () => {
  execFileSync(process.execPath, ['tools/pack.ts'], { cwd: root, stdio: 'pipe' });
  await mkdir(folder, { recursive: true });
  fake = await startFakeProvider({ script: answer });
  sink = await startSink();
}, 240_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await fake?.close();
  await sink?.close();
});

const nodes: [string, () => FoundRuntime][] = [
  ['the machine’s own Node', () => ({ path: machineNode })],
  ['Node 26', () => ensureRuntime('node 26')],
];

describe.each(nodes)('%s', (_, find) => {
  const majors = Object.values(libraries).flatMap(({ names, source }) => names.map((name) => [name, source] as const));

  it.for(majors)(
    'LLM-03 %s: nothing differs, and each call is one span',
    { timeout: 300_000 },
    async ([name, source], { skip }) => {
      const node = find();
      if ('problem' in node) return skip(node.problem);
      const file = join(folder, `${name.replaceAll(/\W/g, '-')}.mjs`);
      await writeFile(file, program(source.replaceAll('%', name)));
      const from = sink.spans.length;
      const ran = await run(node.path, file);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      const [bare, watched, observed] = ran.stdout
        .trim()
        .split('\n')
        .map((line) => line.slice(line.indexOf(' ') + 1));
      expect(bare).toContain('400');
      expect(watched).toBe(bare);
      expect(observed).toBe(bare);
      const spans = sink.spans.slice(from);
      expect(spans.map(({ failed }) => failed).toSorted()).toEqual([false, false, false, false, true, true]);
      for (const { failed, attributes } of spans)
        if (!failed) expect(attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
    },
  );
});

/** The AI SDK is listened to: the newest as a module, the one before through a model's middleware. */
const frameworks = [
  [
    'ai',
    '@ai-sdk/openai',
    `const { watch } = await import('../sdk/dist/index.mjs');\nconst heard = (watch(ai), model);`,
  ],
  [
    'ai-6',
    'ai-sdk-openai-3',
    `const { middleware } = await import('../sdk/dist/ai.mjs');\nconst heard = ai.wrapLanguageModel({ model, middleware: middleware() });`,
  ],
] as const;

describe.each(nodes)('the AI SDK on %s', (_, find) => {
  it.for(frameworks)(
    'LLM-03 COST-23 %s: nothing differs, and each call is one span',
    { timeout: 300_000 },
    async ([name, openai, listen], { skip }) => {
      const node = find();
      if ('problem' in node) return skip(node.problem);
      const file = join(folder, `framework-${name}.mjs`);
      await writeFile(
        file,
        `const ai = { ...(await import('${name}')) };
      const { createOpenAI } = await import('${openai}');
      const model = createOpenAI({ apiKey: 'k', baseURL: process.env.FAKE + '/v1' }).chat('gpt-4o');
      const see = async (model) => {
        const whole = await ai.generateText({ model, prompt: 'Hi', maxRetries: 0 });
        const streamed = ai.streamText({ model, prompt: 'Hi', maxRetries: 0 });
        let text = '';
        for await (const part of streamed.textStream) text += part;
        return JSON.stringify([whole.text, whole.finishReason, whole.usage.inputTokens, text, await streamed.finishReason]);
      };
      console.log(await see(model));
      ${listen}
      console.log(await see(heard));`,
      );
      const from = sink.spans.length;
      const ran = await run(node.path, file);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      const [bare, heard] = ran.stdout.trim().split('\n');
      expect(heard).toBe(bare);
      const billed = sink.spans.slice(from).filter(({ attributes }) => 'tally.cost.usd' in attributes);
      expect(billed.map(({ name: span }) => span)).toEqual(['chat gpt-4o', 'chat gpt-4o']);
    },
  );
});

function run(node: string, file: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, FAKE: fake.url, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url };
    const child = spawn(node, ['--no-warnings', file], { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
