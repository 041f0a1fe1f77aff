import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { idsFrom } from './ids.ts';
import { type RecordedRequest, recordRequest } from './recorded-request.ts';
import { ReplyQueue } from './reply-queue.ts';
import type { Reply, Script } from './reply.ts';
import { write } from './routes.ts';
import type { Outgoing } from './wire/outgoing.ts';
import { send } from './wire/send.ts';

export interface FakeProviderOptions {
  /** Like {@link FakeProvider.respond}. */
  script?: Script;
  /** Ids are made from it: the same seed gives the same ids in the same order. Default `'fake'`. */
  seed?: string;
  /** Requests that are remembered; the oldest are forgotten first. Default 10,000. */
  requestsMax?: number;
}

export interface FakeProvider {
  /** `http://127.0.0.1:49152` */
  url: string;
  /** What `baseURL` of the `openai` client wants: with `/v1`. */
  openaiBaseUrl: string;
  /** What `baseURL` of the `@anthropic-ai/sdk` client wants: without. */
  anthropicBaseUrl: string;
  /** Every request, in order of arrival. */
  requests: RecordedRequest[];
  /** Replies that were enqueued and not given yet. */
  readonly waiting: number;
  /** The next answers, in turn. They go before the script; requests that nothing fits get the default answer. */
  enqueue(...replies: Reply[]): void;
  /** Sets the script, or takes it away. */
  respond(script: Script | undefined): void;
  /** Cuts what is open and stops listening. */
  close(): Promise<void>;
}

/** Starts the fake on a free port of 127.0.0.1. Any key is good, but one that contains `invalid`. */
export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const { seed = 'fake', requestsMax = 10_000 } = options;
  const requests: RecordedRequest[] = [];
  const queue = new ReplyQueue();
  const makeId = idsFrom(seed);
  const stored = new Map<string, Outgoing>();
  let script = options.script;

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await recordRequest(incoming);
    requests.push(request);
    if (requests.length > requestsMax) requests.shift();
    const reply = queue.take(request) ?? (await script?.(request)) ?? {};
    const written = write({ request, reply, makeId, nowSeconds: Math.floor(Date.now() / 1000), stored });
    await send({ response, request, reply, ...written });
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      // A mistake in a script, or a request cut short: say so instead of hanging.
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(500, { 'content-type': 'text/plain', 'x-should-retry': 'false' })
          .end(`fake provider: ${String(error)}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    openaiBaseUrl: `${url}/v1`,
    anthropicBaseUrl: url,
    requests,
    get waiting() {
      return queue.length;
    },
    enqueue: (...replies) => queue.add(replies),
    respond: (next) => {
      script = next;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
