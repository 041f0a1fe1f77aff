/**
 * The longest time that one call of the user's is held up by us, whatever it carries: 50 MB in every shape, content off and on. The
 * client is a stand-in that does nothing, so that all that is measured is ours: what is done before the request, and what is done
 * with the answer.
 *
 * Run: npm run bench -- block [--rounds 10]
 */
import { flush, init, watch } from '@tallyspan/sdk';
import { median, type Result, report, sinkProcess } from './measure.ts';

const ROUNDS = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 10;
const MIB = 1024 * 1024;
const SIZE = 50 * MIB;
const AIM = '≤ 5';

/** As text comes from a file or a socket: in one piece. What `repeat` makes is put together by whoever reads it first. */
const flat = (text: string) => Buffer.from(text).toString('latin1');
const words = flat('word '.repeat(SIZE / 5));
const picture = flat(`data:image/png;base64,${'QUJD'.repeat(SIZE / 4)}`);
const user = (content: unknown) => ({ model: 'gpt-4o', messages: [{ role: 'user', content }] });
const answer = (message: object) => ({
  id: 'chatcmpl-bench',
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', ...message } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
function deep(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level++) value = { level: value };
  return value;
}
const small = answer({ content: 'Hi.' });

const shapes: [name: string, asked: object, answered: object][] = [
  ['one message of 50 MB', user(words), small],
  [
    'half a million messages',
    {
      model: 'gpt-4o',
      messages: Array.from({ length: 500_000 }, () => ({ role: 'user', content: words.slice(0, 100) })),
    },
    small,
  ],
  [
    'half a million parts',
    user(Array.from({ length: 500_000 }, () => ({ type: 'text', text: words.slice(0, 100) }))),
    small,
  ],
  ['a picture of 50 MB', user([{ type: 'image_url', image_url: { url: picture } }]), small],
  [
    'tools of 50 MB',
    {
      ...user('Hi.'),
      tools: [
        {
          type: 'function',
          function: {
            name: 'find',
            parameters: { words: Array.from({ length: 10 }, () => flat(words.slice(0, SIZE / 10))) },
          },
        },
      ],
    },
    small,
  ],
  ['an answer of 50 MB', user('Hi.'), answer({ content: words })],
  [
    'a tool call of 50 MB',
    user('Hi.'),
    answer({
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'find', arguments: flat(`{"q":"${words}"}`) } }],
    }),
  ],
  [
    'a tool call 100,000 levels deep',
    { ...user('Hi.'), messages: [{ role: 'tool', tool_call_id: 'call_1', content: deep(100_000) }] },
    small,
  ],
];

const sink = await sinkProcess();
let settle: (value: unknown) => void = () => undefined;
const client = watch({
  baseURL: 'https://api.openai.com/v1',
  chat: { completions: { create: (_body: object) => new Promise((resolve) => (settle = resolve)) } },
  embeddings: { create: () => undefined },
});

/** Milliseconds of the main thread's own time: what other processes take of the machine is not ours. */
function now(): number {
  const { user: own, system } = process.threadCpuUsage?.() ?? { user: performance.now() * 1_000, system: 0 };
  return (own + system) / 1_000;
}

/** Before the request and with the answer, the longer of the two. */
async function block(asked: object, answered: object): Promise<number> {
  const begin = now();
  const promise = client.chat.completions.create(asked);
  const before = now() - begin;
  const told = now();
  settle(answered);
  await promise;
  return Math.max(before, now() - told);
}

const results: Result[] = [];
for (const captureContent of [false, 'preview', true] as const) {
  init({ endpoint: sink.url, captureContent });
  for (let warm = 0; warm < 200; warm++) await block(user('Hi.'), small);
  for (const [name, asked, answered] of shapes) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      times.push(await block(asked, answered));
      await flush();
      globalThis.gc?.();
    }
    const mode = captureContent === false ? 'off' : captureContent === true ? 'on' : captureContent;
    results.push({ name: `${name}, content ${mode}: median`, value: median(times), unit: 'ms', aim: AIM });
    results.push({ name: `${name}, content ${mode}: worst`, value: Math.max(...times), unit: 'ms', aim: AIM });
  }
}
await report('block', results);
await sink.close();
