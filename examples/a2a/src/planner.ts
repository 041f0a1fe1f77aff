/** An agent that others may ask over Agent2Agent. Started by `main.ts`, which is told where it listens. */
import { AgentCard } from '@a2a-js/sdk';
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  type RequestContext,
  ServerCallContext,
} from '@a2a-js/sdk/server';
import { agent, init, tool, watch } from '@tallyspan/sdk';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

init({ serviceName: 'planner' });

/** `TaskState` of the protocol. */
const [SUBMITTED, WORKING, COMPLETED] = [1, 2, 3] as const;

const findSights = tool('find_sights', async (place: string) => [`the castle of ${place}`, `the river of ${place}`]);
const plan = agent({ name: 'trip-planner' }, async (wish: string) => {
  const place = wish.split(' ').at(-1) ?? 'nowhere';
  return `Your plan for ${wish}: ${(await findSights(place)).join(', then ')}.`;
});

const executor: AgentExecutor = {
  async execute({ taskId, contextId, userMessage }: RequestContext, bus: ExecutionEventBus) {
    const content = userMessage.parts[0]?.content;
    const say = (state: number, said?: string) => ({
      state,
      timestamp: new Date().toISOString(),
      message: said === undefined ? undefined : { ...userMessage, role: 2, parts: [partOf(said)] },
    });
    const task = { id: taskId, contextId, status: say(SUBMITTED), artifacts: [], history: [userMessage], metadata: {} };
    bus.publish(AgentEvent.task(task));
    bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status: say(WORKING), metadata: {} }));
    const answer = await plan(content?.$case === 'text' ? content.value : '');
    bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status: say(COMPLETED, answer), metadata: {} }));
  },
  async cancelTask() {},
};

const partOf = (text: string) => ({
  content: { $case: 'text' as const, value: text },
  metadata: {},
  filename: '',
  mediaType: 'text/plain',
});

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(AgentCard.toJSON(card)));
    return;
  }
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => void answer(Buffer.concat(parts).toString()));
  async function answer(body: string): Promise<void> {
    const state = new Map([['headers', request.headers]]);
    const requestedVersion = String(request.headers['a2a-version']);
    const answered = await rpc.handle(body, new ServerCallContext({ requestedVersion, state }));
    if (Symbol.asyncIterator in answered) {
      response.setHeader('content-type', 'text/event-stream');
      for await (const event of answered) response.write(`data: ${JSON.stringify(event)}\n\n`);
      response.end();
    } else response.setHeader('content-type', 'application/json').end(JSON.stringify(answered));
  }
});
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const card = AgentCard.fromJSON({
  name: 'planner',
  description: 'Plans trips',
  version: '1.0.0',
  capabilities: { streaming: true },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [],
  supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
});
const rpc = new JsonRpcTransportHandler(watch(new DefaultRequestHandler(card, new InMemoryTaskStore(), executor)));

process.send?.(url);
process.once('disconnect', () => server.close());
