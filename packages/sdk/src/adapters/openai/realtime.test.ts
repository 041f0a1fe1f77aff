import OpenAI7 from 'openai';
import OpenAI6 from 'openai-6';
import { OpenAIRealtimeWS as Realtime7 } from 'openai/realtime/ws';
import { OpenAIRealtimeWS as Realtime6 } from 'openai-6/realtime/ws';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { CANARY, expectToSay } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { agent } from '../../agent.ts';
import { observe } from '../../observe.ts';
import { unwatch, watch } from '../../watch.ts';

const h = harness();
let far: WebSocketServer;
beforeAll(async () => {
  far = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(far, 'listening');
  far.on('connection', talk);
});
afterAll(() => far.close());

const usage = {
  total_tokens: 253,
  input_tokens: 132,
  output_tokens: 121,
  input_token_details: {
    text_tokens: 119,
    audio_tokens: 13,
    image_tokens: 0,
    cached_tokens: 64,
    cached_tokens_details: { text_tokens: 60, audio_tokens: 4, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 30, audio_tokens: 91 },
};
const session = {
  type: 'realtime',
  object: 'realtime.session',
  id: 'sess_C9CiUVUzUzYIssh3ELY1d',
  model: 'gpt-realtime-2025-08-25',
};
const message = (role: string, type: string, words: object) => ({
  id: 'item_1',
  object: 'realtime.item',
  type: 'message',
  role,
  content: [{ type, ...words }],
});

/** What the far end does, by what it is sent. */
function talk(socket: {
  on(event: 'message', listener: (data: Buffer) => void): void;
  send(text: string): void;
  close(code: number): void;
  terminate(): void;
}): void {
  let count = 0;
  const tell = (event: object) => socket.send(JSON.stringify({ event_id: `event_${++count}`, ...event }));
  tell({ type: 'session.created', session });
  socket.on('message', (data) => {
    const asked = JSON.parse(data.toString()) as { type: string; item?: object; how?: string };
    if (asked.type === 'conversation.item.create') tell({ type: 'conversation.item.added', item: asked.item });
    if (asked.type === 'session.update') return asked.how === 'cut' ? socket.terminate() : socket.close(1000);
    if (asked.type !== 'response.create') return;
    const response = {
      object: 'realtime.response',
      id: `resp_${randomUUID()}`,
      conversation_id: 'conv_1',
      status: 'in_progress',
      output: [],
    };
    tell({ type: 'response.created', response });
    tell({
      type: 'response.output_audio_transcript.delta',
      response_id: response.id,
      item_id: 'item_2',
      delta: CANARY,
    });
    tell({ type: 'response.output_audio.delta', response_id: response.id, item_id: 'item_2', delta: 'UklGRg==' });
    if (asked.how === 'never') return;
    const failed = asked.how === 'fail';
    tell({
      type: 'response.done',
      response: {
        ...response,
        status: failed ? 'failed' : 'completed',
        status_details: failed
          ? { type: 'failed', error: { type: 'server_error', code: 'rate_limit_exceeded', message: CANARY } }
          : null,
        output: [message('assistant', 'output_audio', { transcript: `${CANARY} said` })],
        usage,
      },
    });
  });
}

const majors = [
  ['openai 7', OpenAI7, Realtime7],
  ['openai 6', OpenAI6, Realtime6],
] as unknown as [string, typeof OpenAI7, typeof Realtime7][];

describe.each(majors)('%s: a realtime session', (_, Client, Realtime) => {
  /** The library insists on TLS; the socket beneath is ours. */
  function open(): Realtime7 {
    const client = new Client({ apiKey: 'sk-test-key' });
    const createConnection = () => connect((far.address() as AddressInfo).port, '127.0.0.1');
    return new Realtime({ model: 'gpt-realtime', options: { createConnection } as never }, client);
  }
  const until = (realtime: Realtime7, event: string) =>
    new Promise((resolve) => realtime.on(event as 'event', resolve));
  const closed = (realtime: Realtime7) => new Promise((resolve) => realtime.socket.on('close', resolve));
  const say = { type: 'conversation.item.create', item: message('user', 'input_text', { text: CANARY }) } as never;
  const answer = (how?: string) => ({ type: 'response.create', how }) as never;

  /** Says something, waits for the answer. */
  async function oneTurn(realtime: Realtime7, how?: string): Promise<void> {
    realtime.send(say);
    const done = until(realtime, 'response.done');
    realtime.send(answer(how));
    await done;
  }
  async function close(realtime: Realtime7): Promise<void> {
    realtime.close();
    await closed(realtime);
  }

  it('is one span until it closes, with one below it for each response, which has the tokens and the cost', async () => {
    const from = h.sink.bytes().length;
    const realtime = watch(open());
    await until(realtime, 'session.created');
    for (let turn = 0; turn < 2; turn++) {
      await oneTurn(realtime);
    }
    await close(realtime);
    const spans = await h.spans();
    expect(spans.map(({ name }) => name)).toEqual([
      'realtime gpt-realtime',
      'realtime gpt-realtime',
      'realtime_session gpt-realtime',
    ]);
    const [first, , whole] = spans;
    expectToSay(first!, {
      'gen_ai.operation.name': 'realtime',
      'gen_ai.provider.name': 'openai',
      'gen_ai.conversation.id': 'conv_1',
      'gen_ai.usage.input_tokens': 132,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.usage.audio.input_tokens': 13,
      'gen_ai.usage.audio.cache_read.input_tokens': 4,
      'gen_ai.usage.output_tokens': 121,
      'gen_ai.usage.audio.output_tokens': 91,
      'gen_ai.response.finish_reasons': ['stop'],
      'tally.stream.chunks': 2,
    });
    expect(first!.attributes['tally.cost.usd']).toBeGreaterThan(0);
    expect(first!.parentSpanId).toBe(whole!.spanId);
    expectToSay(whole!, {
      'gen_ai.conversation.id': session.id,
      'server.address': 'api.openai.com',
      'tally.cost.usd': undefined,
      failed: false,
    });
    expect(h.sink.bytes().subarray(from).includes(CANARY)).toBe(false);
  });

  it('carries the identity of the agent it was opened in', async () => {
    await agent({ name: 'caller', tenant: 'acme' }, async () => {
      const realtime = watch(open());
      await until(realtime, 'session.created');
      await oneTurn(realtime);
      await close(realtime);
    })();
    for (const span of await h.spans()) expectToSay(span, { 'gen_ai.agent.name': 'caller', 'tally.tenant': 'acme' });
  });

  it('a response that failed says its code; one that never ended is abandoned; a connection that was cut is a failure', async () => {
    const realtime = watch(open());
    realtime.on('error', () => undefined);
    await until(realtime, 'session.created');
    await oneTurn(realtime, 'fail');
    const begun = until(realtime, 'response.created');
    realtime.send(answer('never'));
    await begun;
    const gone = closed(realtime);
    realtime.send({ type: 'session.update', how: 'cut' } as never);
    await gone;
    const [failed, never, whole] = await h.spans();
    expectToSay(failed!, { failed: true, 'error.type': 'rate_limit_exceeded', 'gen_ai.usage.input_tokens': 132 });
    expectToSay(never!, { 'tally.ended_by': 'abandoned', 'gen_ai.usage.input_tokens': undefined });
    expectToSay(whole!, { failed: true, 'error.type': 'websocket_1006' });
  });

  it('with content on, what was said is there, and no sound', async () => {
    h.init({ captureContent: true });
    const realtime = watch(open());
    await until(realtime, 'session.created');
    await oneTurn(realtime);
    await close(realtime);
    const [response] = await h.spans();
    expect(JSON.parse(response!.attributes['gen_ai.input.messages'] as string)).toEqual([
      { role: 'user', parts: [{ type: 'text', content: CANARY }] },
    ]);
    expect(JSON.parse(response!.attributes['gen_ai.output.messages'] as string)).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: `${CANARY} said` }], finish_reason: 'stop' },
    ]);
  });

  it('observe listens as well', async () => {
    const realtime = observe(open());
    await until(realtime, 'session.created');
    await oneTurn(realtime);
    await close(realtime);
    expect((await h.spans()).map(({ name }) => name)).toEqual([
      'realtime gpt-realtime',
      'realtime_session gpt-realtime',
    ]);
  });

  it('unwatch ends the span and listens no more', async () => {
    const realtime = watch(open());
    await until(realtime, 'session.created');
    expect(unwatch(realtime)).toBe(realtime);
    await oneTurn(realtime);
    expect((await h.spans()).map(({ name }) => name)).toEqual(['realtime_session gpt-realtime']);
    await close(realtime);
    expect(await h.spans()).toHaveLength(1);
  });
});
