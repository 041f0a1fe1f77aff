import { diag, type DiagLogger } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { harness, hello } from '../test/harness.ts';
import { observe } from './observe.ts';
import { state } from './state.ts';
import { watch } from './watch.ts';

const h = harness();
const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  state.warned.clear();
  const warn = (text: string) => void said.push(text);
  diag.setLogger({ warn, error: warn, info() {}, debug() {}, verbose() {} } satisfies DiagLogger, {
    suppressOverrideMessage: true,
  });
});
afterEach(() => diag.disable());

/** A major of `openai` that nobody has seen yet: it looks like a client, and something inside is different. */
function future(change: (client: ReturnType<typeof h.openai>) => void): ReturnType<typeof h.openai> {
  const client = h.openai();
  change(client);
  return client;
}

describe.each([
  ['watch', watch],
  ['observe', observe],
])('%s', (_, door) => {
  it('a new major whose shape is known simply works: nothing asks for its version', async () => {
    const client = future((each) => {
      Object.defineProperty(each.constructor, 'VERSION', { value: '99.0.0', configurable: true });
    });
    await door(client).chat.completions.create(hello);
    expect(await h.spans()).toHaveLength(1);
    expect(said).toEqual([]);
  });

  it('an answer of an unknown shape passes untouched, with one line that names library, version and what to do', async () => {
    const answer = Object.freeze({ never: 'seen before' });
    const client = future((each) => {
      Object.assign(each.chat.completions, { create: () => answer });
    });
    const watched = door(client);
    expect(watched.chat.completions.create(hello)).toBe(answer);
    expect(watched.chat.completions.create(hello)).toBe(answer);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/openai \d+\.\d+\.\d+/);
    expect(said[0]).toContain('@tallyspan/sdk');
    expect(await h.spans()).toHaveLength(2);
  });
});

it('a client of a library we know, in a shape we do not, is left as it is, with a line that says so', () => {
  class OpenAI {
    conversations = { create: () => 'answer' };
  }
  const client = new OpenAI();
  expect(watch(client)).toBe(client);
  expect(client.conversations.create()).toBe('answer');
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/openai \d+\.\d+\.\d+: this OpenAI lacks methods/);
  expect(said[0]).toContain('@tallyspan/sdk');
});
