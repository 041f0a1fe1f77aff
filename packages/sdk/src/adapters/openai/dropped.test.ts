import Groq from 'groq-sdk';
import { expect, it } from 'vitest';
import { CANARY, expectToSay } from '../../../test/conformance.ts';
import { harness, hello, majors } from '../../../test/harness.ts';
import { watch } from '../../watch.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
const gc = (globalThis as { gc?: () => void }).gc!;

const drops: [string, () => Promise<unknown>][] = [
  ...majors.flatMap(([name, Client]): [string, () => Promise<unknown>][] => [
    [
      `${name}, a response`,
      () => watch(h.openai(Client)).responses.create({ model: 'gpt-4o', input: CANARY, stream: true }),
    ],
    [
      `${name}, a picture`,
      () => {
        h.fake.enqueue(answers.imageStream);
        return watch(h.openai(Client)).images.generate({ model: 'gpt-image-1', prompt: CANARY, stream: true });
      },
    ],
  ]),
  [
    'groq-sdk, a chat',
    () => {
      const client = new Groq({
        apiKey: 'k',
        baseURL: h.fake.url,
        fetch: (url, init) => fetch(String(url).replace('/openai/', '/'), init),
      });
      return watch(client).chat.completions.create({ ...hello, stream: true });
    },
  ],
];

it.each(drops)('LLM-43 %s: a stream that nobody reads ends its span when it is collected', async (_, drop) => {
  await (async () => void (await drop()))();
  await expect
    .poll(async () => (gc(), await new Promise((resolve) => setTimeout(resolve, 20)), (await h.spans()).length), {
      timeout: 15_000,
    })
    .toBe(1);
  expectToSay(await h.span(), { 'tally.ended_by': 'abandoned', 'gen_ai.usage.input_tokens': undefined });
});
