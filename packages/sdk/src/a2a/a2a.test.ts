import { type Client, ClientFactory } from '@a2a-js/sdk/client';
import { DefaultRequestHandler, InMemoryTaskStore, ServerCallContext } from '@a2a-js/sdk/server';
import { SpanKind } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type A2aServer, card, message, Planner, startA2aServer, STATES } from '../../test/a2a.ts';
import { harness } from '../../test/harness.ts';
import type { SinkSpan } from '../../test/otlp-sink.ts';
import { agent, init, role, unwatch, watch } from '../index.ts';

const h = harness();
const CLIENT = SpanKind.CLIENT + 1;
const SERVER = SpanKind.SERVER + 1;

let server: A2aServer;
beforeEach(async () => {
  server = await startA2aServer();
});
afterEach(() => server.close());

const bareClient = (): Promise<Client> => new ClientFactory().createFromAgentCard(server.card);
const client = async (): Promise<Client> => watch(await bareClient());
const analyst = <Result>(fn: () => Result): Result => agent({ name: 'analyst', tenant: 'acme', version: '7' }, fn)();
const of = (spans: readonly SinkSpan[], kind: number) => spans.filter((span) => span.kind === kind);
/** Spans of a server may end a little after its answer. */
async function spans(count: number): Promise<SinkSpan[]> {
  for (;;) {
    const all = await h.spans();
    if (all.length >= count) return all;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const points = async (metric: string) => {
  await h.spans();
  return h.sink.points().filter((point) => point.metric === metric);
};

describe('both ends of a message', () => {
  it('OBS-17 OBS-18 COST-36 a message is one span at its sender and one of the agent that worked on it, in one trace', async () => {
    watch(server.handler);
    const sender = await client();
    const sent = message('Plan a trip.', 'm-1');
    const task = await analyst(() => role('scout', () => sender.sendMessage(sent)));
    expect(task).toMatchObject({ status: { state: STATES.completed } });
    const all = await spans(4);
    const [[asked], [served]] = [of(all, CLIENT), of(all, SERVER)];
    expect([asked!.name, served!.name]).toEqual(['a2a_send planner', 'a2a_execute planner']);
    expect([served!.traceId, served!.parentSpanId]).toEqual([asked!.traceId, asked!.spanId]);
    const about = {
      'a2a.method.name': 'SendMessage',
      'a2a.protocol.version': '1.0',
      'a2a.message.id': 'm-1',
      'a2a.task.id': (task as { id: string }).id,
      'a2a.task.state': 'completed',
      'gen_ai.conversation.id': (task as { contextId: string }).contextId,
    };
    expect(asked!.attributes).toMatchObject({
      ...about,
      'gen_ai.agent.name': 'analyst',
      'tally.role': 'scout',
      'tally.tenant': 'acme',
      'tally.peer.agent': 'planner',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
    });
    expect(served!.attributes).toMatchObject({
      ...about,
      'gen_ai.agent.name': 'planner',
      'gen_ai.agent.version': '1.2.0',
      'tally.peer.agent': 'analyst',
      'tally.run.id': asked!.attributes['tally.run.id'],
    });
    // What the caller is to its own work, and what it says of who pays, is not the called agent's.
    expect(served!.attributes).not.toHaveProperty('tally.role');
    expect(served!.attributes).not.toHaveProperty('tally.tenant');
  });

  it('OBS-17 OBS-18 the hexr dialect has its own names for both', async () => {
    h.init({ dialects: ['hexr'] });
    watch(server.handler);
    const sender = await client();
    await analyst(() => sender.sendMessage(message('Go.')));
    const all = await spans(3);
    const [[asked], [served]] = [of(all, CLIENT), of(all, SERVER)];
    expect([asked!.name, served!.name]).toEqual(['hexr.a2a.client.send', 'hexr.a2a.bridge.execute']);
    expect(asked!.attributes).toMatchObject({
      'hexr.a2a.target_agent': 'planner',
      'hexr.a2a.task_id': expect.any(String),
      'hexr.a2a.task_state': 'completed',
    });
    expect(served!.attributes).toMatchObject({
      'hexr.a2a.source_agent': 'analyst',
      'hexr.a2a.task_id': asked!.attributes['hexr.a2a.task_id'],
    });
  });

  it('what the called agent does is below its span, with its own name', async () => {
    watch(server.handler);
    server.executor.work = agent({ name: 'searcher' }, () => {});
    await (await client()).sendMessage(message('Go.'));
    const all = await spans(3);
    const inner = all.find(({ name }) => name === 'invoke_agent searcher')!;
    expect(inner.parentSpanId).toBe(of(all, SERVER)[0]!.spanId);
  });

  it('a stream is one span from its first event to its last, with the state the task ended in', async () => {
    watch(server.handler);
    const sender = await client();
    const kinds: unknown[] = [];
    await analyst(async () => {
      for await (const event of sender.sendMessageStream(message('Go.'))) kinds.push(event.payload?.$case);
    });
    expect(kinds).toEqual(['task', 'statusUpdate', 'statusUpdate']);
    const all = await spans(3);
    const [[asked], [served]] = [of(all, CLIENT), of(all, SERVER)];
    expect(served!.parentSpanId).toBe(asked!.spanId);
    for (const { attributes } of [asked!, served!])
      expect(attributes).toMatchObject({ 'a2a.method.name': 'SendStreamingMessage', 'a2a.task.state': 'completed' });
  });

  it('the called agent’s span lasts as long as its work, also for a caller that does not wait', async () => {
    watch(server.handler);
    let finish = () => {};
    server.executor.work = () => new Promise<void>((resolve) => (finish = resolve));
    const sent = { ...message('Go.'), configuration: { returnImmediately: true } };
    await (await client()).sendMessage(sent as never);
    expect((await h.span()).attributes['a2a.task.state']).toBe('submitted');
    finish();
    const [served] = of(await spans(2), SERVER);
    expect(served!.attributes['a2a.task.state']).toBe('completed');
  });

  it('a stream that is left early ends its span as that', async () => {
    const sender = await client();
    for await (const event of sender.sendMessageStream(message('Go.'))) if (event) break;
    expect((await h.span()).attributes).toMatchObject({ 'tally.ended_by': 'break', 'a2a.task.state': 'submitted' });
  });

  it('what is asked about a task has spans of its own, and counts as no message', async () => {
    watch(server.handler);
    const sender = await client();
    server.executor.states = [STATES.working, STATES.inputRequired];
    const { id } = (await sender.sendMessage(message('Go.'))) as { id: string };
    await sender.getTask({ id, tenant: '', historyLength: undefined });
    await sender.cancelTask({ id, tenant: '', metadata: {} });
    const all = await spans(6);
    expect(
      of(all, CLIENT).map(({ attributes }) => [attributes['a2a.method.name'], attributes['a2a.task.state']]),
    ).toEqual([
      ['SendMessage', 'input-required'],
      ['GetTask', 'input-required'],
      ['CancelTask', 'canceled'],
    ]);
    expect((await points('tally.a2a.sends')).map(({ value }) => value)).toEqual([1]);
    expect((await points('tally.a2a.bridge.executions')).map(({ value }) => value)).toEqual([1]);
    const left = (await points('tally.a2a.task.transitions')).map(
      ({ attributes }) => attributes['tally.a2a.from_state'],
    );
    expect(left).toEqual([undefined, 'submitted', 'working', 'input-required']);
  });

  it('EXT-08 a message that is sent again is told by its id: the span says how often it went out before', async () => {
    const sender = await client();
    await server.close();
    const again = message('Go.', 'm-2');
    for (let tries = 0; tries < 3; tries++) await sender.sendMessage(again).catch(() => {});
    expect((await h.spans()).map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([
      undefined,
      1,
      2,
    ]);
    server = await startA2aServer();
  });

  it('content never leaves: neither the message nor the answer', async () => {
    watch(server.handler);
    await (await client()).sendMessage(message('canary-77'));
    await spans(2);
    expect(h.sink.bytes().includes('canary-77')).toBe(false);
    expect(server.executor.heard).toEqual(['canary-77']);
  });
});

describe('what went wrong', () => {
  it('OBS-46 a refusal, a task that failed and an agent that crashed are failures of both ends', async () => {
    watch(server.handler);
    const sender = await client();
    await expect(sender.sendMessage(message('Go.', 'm', 'no-such-task'))).rejects.toThrow('no-such-task');
    server.executor.states = [STATES.failed];
    await sender.sendMessage(message('Go.'));
    server.executor.work = () => {
      throw new RangeError('burnt');
    };
    const said = console.error;
    console.error = () => {};
    await sender.sendMessage(message('Go.')).finally(() => (console.error = said));
    const all = await spans(6);
    const errors = (kind: number) => of(all, kind).map(({ attributes }) => attributes['error.type']);
    expect(errors(CLIENT)).toEqual([expect.stringMatching(/TaskNotFound/), 'task_failed', 'task_failed']);
    expect(errors(SERVER)).toEqual([expect.stringMatching(/TaskNotFound/), 'task_failed', 'RangeError']);
    const failed = await points('tally.a2a.send_failures');
    expect(failed.reduce((sum, { value }) => sum + value, 0)).toBe(3);
  });

  it('nobody there: the error is the library’s own, and the span says so', async () => {
    const [sender, bare] = [await client(), await bareClient()];
    await server.close();
    const errorOf = (one: Client) =>
      one.sendMessage(message('Go.')).catch((error: Error) => [error.constructor.name, error.message]);
    expect(await errorOf(sender)).toEqual(await errorOf(bare));
    expect((await h.span()).failed).toBe(true);
    server = await startA2aServer();
  });
});

describe('metrics', () => {
  it('OBS-06 OBS-45 OBS-47 OBS-48 OBS-62 OBS-63 messages and work are counted and timed by the pair of agents', async () => {
    watch(server.handler);
    const sender = await client();
    await analyst(async () => {
      await sender.sendMessage(message('One.'));
      await sender.sendMessage(message('Two.'));
    });
    await spans(5);
    const pair = { 'gen_ai.agent.name': 'analyst', 'tally.peer.agent': 'planner', 'tally.tenant': 'acme' };
    expect(await points('tally.a2a.sends')).toEqual([expect.objectContaining({ value: 2, attributes: pair })]);
    expect(await points('tally.a2a.send.duration')).toEqual([expect.objectContaining({ count: 2, attributes: pair })]);
    const back = { 'gen_ai.agent.name': 'planner', 'tally.peer.agent': 'analyst' };
    expect(await points('tally.a2a.bridge.executions')).toEqual([
      expect.objectContaining({ value: 2, attributes: { ...back, 'a2a.task.state': 'completed' } }),
    ]);
    expect(await points('tally.a2a.bridge.duration')).toEqual([
      expect.objectContaining({ count: 2, attributes: back }),
    ]);
  });

  it('OBS-61 OBS-66 each step of a task is counted: submitted, working, completed or failed, also across messages', async () => {
    watch(server.handler);
    const sender = await client();
    // Said twice, it is one step.
    server.executor.states = [STATES.working, STATES.working, STATES.completed];
    await sender.sendMessage(message('Well.'));
    server.executor.states = [STATES.working, STATES.inputRequired];
    const { id } = (await sender.sendMessage(message('Ask me.'))) as { id: string };
    server.executor.states = [STATES.working, STATES.failed];
    await sender.sendMessage(message('Answer.', 'm-3', id));
    await spans(6);
    const counted = (await points('tally.a2a.task.transitions')).map(({ attributes, value }) => [
      attributes['tally.a2a.from_state'],
      attributes['a2a.task.state'],
      value,
    ]);
    expect(counted.toSorted()).toEqual(
      [
        [undefined, 'submitted', 2],
        ['submitted', 'working', 2],
        ['working', 'completed', 1],
        ['working', 'input-required', 1],
        ['input-required', 'working', 1],
        ['working', 'failed', 1],
      ].toSorted(),
    );
  });

  it('OBS-64 open streams are counted up and down, and come back to none', async () => {
    watch(server.handler);
    let release = () => {};
    server.executor.work = () => new Promise<void>((resolve) => (release = resolve));
    const sender = await client();
    const streams = [sender.sendMessageStream(message('One.')), sender.sendMessageStream(message('Two.'))];
    await streams[0]!.next();
    const active = async () => (await points('tally.a2a.streams.active')).map(({ value }) => value ?? 0);
    expect(await active()).toEqual([1]);
    release();
    for await (const event of streams[0]!) void event;
    await spans(2);
    expect(await active()).toEqual([0]);
  });
});

describe('doors', () => {
  it('an agent alone can be watched; behind a watched handler its work is one span all the same', async () => {
    watch(server.executor);
    const sender = await client();
    await analyst(() => sender.sendMessage(message('One.')));
    const [served] = of(await spans(3), SERVER);
    expect(served!.name).toBe('a2a_execute');
    expect(served!.attributes).toMatchObject({ 'tally.peer.agent': 'analyst', 'a2a.task.state': 'completed' });
    watch(server.handler);
    await sender.sendMessage(message('Two.'));
    expect(of(await spans(5), SERVER).map(({ name }) => name)).toEqual(['a2a_execute', 'a2a_execute planner']);
  });

  it('a class that is watched and an object of it that is watched too give one span', async () => {
    const modules = { Client: (await bareClient()).constructor, DefaultRequestHandler };
    watch(modules);
    watch(server.handler);
    await (await client()).sendMessage(message('One.'));
    await (await bareClient()).sendMessage(message('Two.'));
    const kinds = (await spans(4)).map(({ kind }) => kind);
    unwatch(modules);
    unwatch(server.handler);
    await (await bareClient()).sendMessage(message('Three.'));
    expect(kinds.toSorted()).toEqual([SERVER, SERVER, CLIENT, CLIENT].toSorted());
    expect(await h.spans()).toHaveLength(4);
  });

  it('a caller’s tenant is believed only where the program trusts it', async () => {
    watch(server.handler, { trust: ['tenant'] });
    const sender = await client();
    await analyst(() => sender.sendMessage(message('Go.')));
    const [served] = of(await spans(3), SERVER);
    expect(served!.attributes['tally.tenant']).toBe('acme');
  });

  it('where the way has no headers, the message carries the trace', async () => {
    const executor = new Planner();
    const handler = watch(new DefaultRequestHandler(card('memory:'), new InMemoryTaskStore(), executor));
    const context = () => new ServerCallContext({ requestedVersion: '1.0' });
    const { Client: A2aClient } = await import('@a2a-js/sdk/client');
    const transport = {
      protocolName: 'MEMORY',
      protocolVersion: '1.0',
      sendMessage: (params: never) => handler.sendMessage(params, context()),
    };
    const sender = watch(new A2aClient(transport as never, card('memory:')));
    const sent = message('Go.');
    const before = structuredClone(sent);
    await analyst(() => sender.sendMessage(sent));
    expect(sent).toEqual(before);
    const all = await spans(3);
    expect(of(all, SERVER)[0]!.parentSpanId).toBe(of(all, CLIENT)[0]!.spanId);
  });

  it('bare and watched, a program sees the same: results, errors, streams and what is sent', async () => {
    const see = async (isWatched: boolean) => {
      const far = await startA2aServer();
      if (isWatched) expect(watch(far.handler)).toBe(far.handler);
      const one = await new ClientFactory().createFromAgentCard(far.card);
      if (isWatched) expect(watch(one)).toBe(one);
      const seen: unknown[] = [Object.keys(one).toSorted(), Object.keys(far.handler).toSorted()];
      const withoutIds = (value: unknown) => JSON.stringify(value)?.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id');
      const keep = async (result: Promise<unknown>) =>
        seen.push(withoutIds(await result.catch((error: Error) => [error.constructor.name, error.message])));
      await keep(one.sendMessage(message('Go.', 'm')));
      await keep(one.getTask({ id: 'none', tenant: '', historyLength: undefined }));
      const stream = one.sendMessageStream(message('Go.', 'm'), { serviceParameters: { 'x-mine': '1' } });
      seen.push(Object.prototype.toString.call(stream), stream[Symbol.asyncIterator]() === stream);
      for await (const event of stream) seen.push(withoutIds(event));
      seen.push(await stream.next());
      seen.push(
        far.bodies.map(withoutIds),
        far.headers.map(({ 'x-mine': mine }) => mine),
      );
      await far.close();
      return seen;
    };
    expect(await see(true)).toEqual(await see(false));
  });

  it('unwatch gives both ends back', async () => {
    const sender = await client();
    watch(server.handler);
    unwatch(sender);
    unwatch(server.handler);
    await sender.sendMessage(message('Go.'));
    expect(await h.spans()).toEqual([]);
    expect(server.headers[0]).not.toHaveProperty('traceparent');
  });

  it('with nobody to send spans to, messages arrive as before', async () => {
    init({ endpoint: 'http://127.0.0.1:9' });
    expect(await (await client()).sendMessage(message('Go.'))).toMatchObject({ status: { state: STATES.completed } });
  });
});
