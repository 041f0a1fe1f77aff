/** gRPC as far as the Workload API needs it: two unary calls and three server streams, without TLS and without compression. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { limits } from '@tallyspan/facts';
import { callHeaders, type CallHandlers, frame, runCall } from '../rpc/call.ts';
import { rpcCodes, RpcError } from '../rpc/rpc-error.ts';
import type { Endpoint } from './endpoint.ts';

const headers = {
  ...callHeaders,
  // Without it every Workload API refuses: a server that is tricked into making a request cannot add it.
  'workload.spiffe.io': 'true',
} as const;

/** What is said of a call that took too long. */
export const NO_ANSWER = 'it does not answer';

interface Connection {
  session: ClientHttp2Session;
  /** When the other side answered with a message, on the clock of `performance.now()`. */
  heardAt: number;
}

/** One connection to the Workload API, opened when it is needed, and again when it is gone. It never keeps the process alive. */
export class RpcClient {
  readonly #endpoint: Endpoint;
  #connection: Connection | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Begins a call; the answer cancels it. Errors come through `onEnd`, never at once. */
  call(method: string, request: Buffer, { onMessage, onEnd }: CallHandlers): () => void {
    let connection: Connection;
    let stream: ClientHttp2Stream;
    try {
      connection = this.#connect();
      stream = connection.session.request({ ...headers, ':path': `/SpiffeWorkloadAPI/${method}` });
    } catch (error) {
      let over = false;
      queueMicrotask(() => over || onEnd(new RpcError(rpcCodes.unavailable, (error as Error).message)));
      return () => (over = true);
    }
    const heard = (message: Buffer) => {
      connection.heardAt = performance.now();
      onMessage(message);
    };
    return runCall(stream, frame(request), limits.workloadMessageBytesMax, { onMessage: heard, onEnd });
  }

  /** Leaves a connection on which nobody has answered for long, after a call that was not: the next one makes a new one. */
  hangUp(): void {
    const { heardAt } = this.#connection ?? { heardAt: Infinity };
    if (performance.now() - heardAt >= limits.workloadApiTimeoutMs) this.close(new Error(NO_ANSWER));
  }

  /** Calls that are under way end with this reason. */
  close(reason?: Error): void {
    this.#connection?.session.destroy(reason);
    this.#connection = undefined;
  }

  #connect(): Connection {
    const open = this.#connection;
    if (open && !open.session.closed && !open.session.destroyed) return open;
    const socket = connect({ ...this.#endpoint, keepAlive: true, keepAliveInitialDelay: limits.workloadApiTimeoutMs });
    socket.unref();
    const session = connectHttp2('http://localhost', { createConnection: () => socket });
    // Calls are told on their own; a server that goes away is nothing to crash for.
    session.on('error', () => {});
    return (this.#connection = { session, heardAt: -Infinity });
  }
}
