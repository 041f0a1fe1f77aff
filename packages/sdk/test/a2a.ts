/** An agent that speaks Agent2Agent over HTTP, with the library's own handlers and nothing but Node's server around them. */
import type { AgentCard } from '@a2a-js/sdk';
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
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export const STATES = { submitted: 1, working: 2, completed: 3, failed: 4, canceled: 5, inputRequired: 6 } as const;

export function card(url: string, name = 'planner'): AgentCard {
  return {
    name,
    description: 'Plans.',
    version: '1.2.0',
    provider: undefined,
    documentationUrl: undefined,
    iconUrl: undefined,
    capabilities: { streaming: true, pushNotifications: false, extensions: [], extendedAgentCard: false },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [],
    signatures: [],
    supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: '' }],
  } as unknown as AgentCard;
}

export const message = (text: string, messageId: string = crypto.randomUUID(), taskId = '') => ({
  tenant: '',
  configuration: undefined,
  metadata: {},
  message: {
    messageId,
    contextId: '',
    taskId,
    role: 1,
    parts: [{ content: { $case: 'text' as const, value: text }, metadata: {}, filename: '', mediaType: 'text/plain' }],
    metadata: {},
    extensions: [],
    referenceTaskIds: [],
  },
});

/** Works, then goes through the states that it is given. */
export class Planner implements AgentExecutor {
  states: readonly number[] = [STATES.working, STATES.completed];
  work: () => unknown = () => {};
  /** What the caller's words were. */
  heard: string[] = [];

  async execute({ taskId, contextId, userMessage, task }: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const [part] = userMessage.parts;
    this.heard.push(part?.content?.$case === 'text' ? part.content.value : '');
    const at = (state: number) => ({ state, message: undefined, timestamp: undefined });
    if (!task)
      bus.publish(
        AgentEvent.task({
          id: taskId,
          contextId,
          status: at(STATES.submitted),
          artifacts: [],
          history: [userMessage],
          metadata: {},
        }),
      );
    await this.work();
    for (const state of this.states) {
      bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status: at(state), metadata: {} }));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async cancelTask(taskId: string, bus: ExecutionEventBus): Promise<void> {
    const status = { state: STATES.canceled, message: undefined, timestamp: undefined };
    bus.publish(AgentEvent.statusUpdate({ taskId, contextId: '', status, metadata: {} }));
  }
}

export interface A2aServer {
  url: string;
  card: AgentCard;
  handler: DefaultRequestHandler;
  executor: Planner;
  /** Headers of each request. */
  headers: IncomingMessage['headers'][];
  /** Bodies of each request, as text. */
  bodies: string[];
  close(): Promise<void>;
}

export async function startA2aServer(): Promise<A2aServer> {
  const seen: Pick<A2aServer, 'headers' | 'bodies'> = { headers: [], bodies: [] };
  const executor = new Planner();
  const agentCard = card('');
  const handler = new DefaultRequestHandler(agentCard, new InMemoryTaskStore(), executor);
  const rpc = new JsonRpcTransportHandler(handler);
  const server = createServer((request, response) => {
    seen.headers.push(request.headers);
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => void answer());
    async function answer() {
      seen.bodies.push(body);
      const context = new ServerCallContext({
        requestedVersion: '1.0',
        state: new Map([['headers', request.headers]]),
      });
      const answered = await rpc.handle(body, context);
      if (!(Symbol.asyncIterator in answered))
        return response.setHeader('content-type', 'application/json').end(JSON.stringify(answered));
      response.setHeader('content-type', 'text/event-stream');
      for await (const event of answered) response.write(`data: ${JSON.stringify(event)}\n\n`);
      return response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  agentCard.supportedInterfaces[0]!.url = url;
  return {
    url,
    card: agentCard,
    handler,
    executor,
    ...seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
