import { limits } from '@tallyspan/facts';
import { expect, it } from 'vitest';
import { harness } from '../../test/harness.ts';
import { watchTransport } from './connection.ts';

const h = harness();

/** The least that a transport has. */
function line() {
  const sent: unknown[] = [];
  return {
    sent,
    send: async (message: unknown) => void sent.push(message),
    onmessage: undefined as ((message: unknown) => void) | undefined,
    onclose: undefined as (() => void) | undefined,
  };
}
const ping = (id: number) => ({ jsonrpc: '2.0', method: 'ping', id });

it('as many requests are recorded at once as the limit says; what is more goes out as it came', async () => {
  const transport = line();
  const stop = watchTransport(transport, {});
  const last = ping(limits.mcpRequestsOpenMax);
  for (let id = 0; id < limits.mcpRequestsOpenMax; id++) await transport.send(ping(id));
  await transport.send(last);
  expect(transport.sent.at(-1)).toBe(last);
  expect(transport.sent.at(-2)).toHaveProperty('params._meta.traceparent');
  stop?.();
  expect(await h.spans()).toHaveLength(limits.mcpRequestsOpenMax);
});

it('messages that are none, and answers to nothing, pass untouched', async () => {
  const transport = line();
  const heard: unknown[] = [];
  transport.onmessage = (message) => void heard.push(message);
  const stop = watchTransport(transport, {});
  const trap = new Proxy(
    {},
    {
      get() {
        throw new Error('trap');
      },
    },
  );
  const strange = [undefined, null, 'text', [], {}, { id: 1, result: {} }, { id: {}, method: 1 }, trap];
  for (const message of strange) {
    await transport.send(message);
    transport.onmessage(message);
  }
  expect(transport.sent.every((message, at) => message === strange[at])).toBe(true);
  expect(heard.every((message, at) => message === strange[at])).toBe(true);
  expect([transport.sent.length, heard.length]).toEqual([strange.length, strange.length]);
  stop?.();
  expect(await h.spans()).toEqual([]);
});

it('an error of the receiver is thrown once, and it is asked once', () => {
  const transport = line();
  let asked = 0;
  transport.onmessage = () => {
    asked++;
    throw new Error('broken');
  };
  const stop = watchTransport(transport, {});
  expect(() => transport.onmessage?.(ping(1))).toThrow('broken');
  expect(() => transport.onmessage?.({ method: 'notifications/progress' })).toThrow('broken');
  expect(asked).toBe(2);
  stop?.();
});

it('a transport is watched once, whoever asks', () => {
  const transport = line();
  const stop = watchTransport(transport, {});
  expect(watchTransport(transport, {})).toBeUndefined();
  stop?.();
  expect(watchTransport(transport, {})).toBeTypeOf('function');
});
