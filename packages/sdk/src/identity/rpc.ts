/**
 * gRPC over HTTP/2 as far as the Workload API needs it: two unary calls and three server streams, without TLS and without compression.
 * Node speaks HTTP/2 itself, so that users need no gRPC library. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect } from 'node:net';
import { limits } from '@tallyspan/facts';
import type { Endpoint } from './endpoint.ts';
import { MessageReader } from './message-reader.ts';
import { rpcCodes, RpcError } from './rpc-error.ts';

export interface CallHandlers {
  /** May throw: then the call is given up with that as its error. */
  onMessage(message: Buffer): void;
  /** Once, at the end; undefined is success. Not after a cancel. */
  onEnd(error: RpcError | undefined): void;
}

const headers = {
  ':method': 'POST',
  'content-type': 'application/grpc',
  te: 'trailers',
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
    let over = false;
    const end = (error: RpcError | undefined) => {
      if (over) return;
      over = true;
      onEnd(error);
    };
    let connection: Connection;
    let stream: ClientHttp2Stream;
    try {
      connection = this.#connect();
      stream = connection.session.request({ ...headers, ':path': `/SpiffeWorkloadAPI/${method}` });
    } catch (error) {
      queueMicrotask(() => end(new RpcError(rpcCodes.unavailable, (error as Error).message)));
      return () => (over = true);
    }
    const cancel = () => {
      over = true;
      stream.close(constants.NGHTTP2_CANCEL);
    };
    const giveUp = (error: RpcError) => {
      end(error);
      cancel();
    };
    const reader = new MessageReader((message) => {
      if (over) return;
      connection.heardAt = performance.now();
      onMessage(message);
    });
    let ending: RpcError | undefined | 'unknown' = 'unknown';
    let reason = 'the connection ended';
    stream.on('response', (answer) => {
      ending = endingOf(answer);
      const status = answer[':status'];
      if (status !== 200) giveUp(new RpcError(rpcCodes.unavailable, `it answers with HTTP status ${status}`));
    });
    stream.on('trailers', (trailers) => (ending = endingOf(trailers)));
    stream.on('data', (piece: Buffer) => {
      if (over) return;
      try {
        reader.add(piece);
      } catch (error) {
        giveUp(error instanceof RpcError ? error : new RpcError(rpcCodes.internal, String((error as Error).message)));
      }
    });
    stream.on('error', (error) => (reason = error.message));
    stream.on('close', () => end(ending === 'unknown' ? new RpcError(rpcCodes.unavailable, reason) : ending));
    stream.end(frame(request));
    return cancel;
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

/** A frame: not compressed, and so long. */
function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** What headers or trailers say of the end of the call. */
function endingOf(answer: IncomingHttpHeaders): RpcError | undefined | 'unknown' {
  const status = answer['grpc-status'];
  if (status === undefined) return 'unknown';
  if (status === '0') return undefined;
  return new RpcError(Number(status) || rpcCodes.internal, readable(String(answer['grpc-message'] ?? '')));
}

function readable(message: string): string {
  try {
    return decodeURIComponent(message) || 'it says no reason';
  } catch {
    return message;
  }
}
