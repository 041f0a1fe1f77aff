import { ClientFactory } from '@a2a-js/sdk/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type A2aServer, message, startA2aServer, STATES } from '../../test/a2a.ts';
import { harness } from '../../test/harness.ts';
import { remoteAgent } from './index.ts';

const h = harness();

let server: A2aServer;
beforeEach(async () => {
  server = await startA2aServer();
});
afterEach(() => server.close());

const find = (fetchImpl?: typeof fetch) => async () => {
  const { JsonRpcTransportFactory } = await import('@a2a-js/sdk/client');
  const transports = [new JsonRpcTransportFactory(fetchImpl ? { fetchImpl } : {})];
  return new ClientFactory({ transports }).createFromAgentCard(server.card);
};
const told = async () =>
  (await h.spans()).map(({ attributes }) => [
    attributes['a2a.method.name'],
    attributes['http.request.resend_count'],
    attributes['a2a.task.state'],
  ]);

describe('another agent', () => {
  it('EXT-08 is sent a message again when nobody answered, with the same id, and each try knows how many were before', async () => {
    let failures = 2;
    const flaky: typeof fetch = async (...args) => {
      if (failures-- > 0) throw new TypeError('fetch failed');
      return fetch(...args);
    };
    const planner = remoteAgent(find(flaky));
    expect(await planner.send(message('Go.'))).toMatchObject({ status: { state: STATES.completed } });
    expect(await told()).toEqual([
      ['SendMessage', undefined, undefined],
      ['SendMessage', 1, undefined],
      ['SendMessage', 2, 'completed'],
    ]);
    expect(server.executor.heard).toEqual(['Go.']);
  });

  it('EXT-08 is looked at until its task is done, or wants something', async () => {
    let finish = () => {};
    server.executor.work = () => new Promise<void>((resolve) => (finish = resolve));
    const planner = remoteAgent(find(), { pollMs: 5 });
    const sent = { ...message('Go.'), configuration: { returnImmediately: true } };
    const task = planner.send(sent as never);
    const looks = async () => (await told()).filter(([method]) => method === 'GetTask').length;
    await expect.poll(looks).toBeGreaterThan(1);
    finish();
    expect(await task).toMatchObject({ status: { state: STATES.completed } });
    server.executor.work = () => {};
    server.executor.states = [STATES.inputRequired];
    expect(await planner.send(message('Again.'))).toMatchObject({ status: { state: STATES.inputRequired } });
    expect((await told()).at(-1)).toEqual(['SendMessage', undefined, 'input-required']);
  });

  it('its own refusal is an answer, and a message that takes too long is given up', async () => {
    const planner = remoteAgent(find());
    await expect(planner.send(message('Go.', 'm', 'no-such-task'))).rejects.toThrow('Task not found');
    expect(server.bodies).toHaveLength(1);
    server.executor.work = () => new Promise(() => {});
    const hurried = remoteAgent(find(), { timeoutMs: 50 });
    await expect(hurried.send(message('Go.'))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('EXT-08 is found once, and again when its card is too old', async () => {
    let finds = 0;
    const counted = async () => {
      finds++;
      return find()();
    };
    const fresh = remoteAgent(counted);
    expect(await fresh.client()).toBe(await fresh.client());
    expect(finds).toBe(1);
    const stale = remoteAgent(counted, { cardTtlMs: 0 });
    await stale.client();
    await stale.client();
    expect(finds).toBe(3);
  });
});
