/**
 * One call of gRPC on a stream of HTTP/2. Node speaks HTTP/2 itself, so that users need no gRPC library: this is the rest.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { MessageReader } from './message-reader.ts';
import { rpcCodes, RpcError } from './rpc-error.ts';

export interface CallHandlers {
  /** May throw: then the call is given up with that as its error. */
  onMessage(message: Buffer): void;
  /** Once, at the end; undefined is success. Not after a cancel. */
  onEnd(error: RpcError | undefined): void;
}

/** Headers of every call. */
export const callHeaders = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' } as const;

/** NGHTTP2_CANCEL: the caller wants no more. */
const CANCEL = 8;

/** Sends the one message of a call, a {@link frame}, and hears its answers. What is returned cancels it. */
export function runCall(
  stream: ClientHttp2Stream,
  framed: Buffer,
  messageBytesMax: number,
  { onMessage, onEnd }: CallHandlers,
): () => void {
  let over = false;
  const end = (error: RpcError | undefined) => {
    if (over) return;
    over = true;
    onEnd(error);
  };
  const cancel = () => {
    over = true;
    stream.close(CANCEL);
  };
  const giveUp = (error: RpcError) => {
    end(error);
    cancel();
  };
  const reader = new MessageReader(messageBytesMax, (message) => {
    if (!over) onMessage(message);
  });
  let ending: RpcError | undefined | 'unknown' = 'unknown';
  let cause: Error | undefined;
  let ended = false;
  stream.on('end', () => (ended = true));
  stream.on('response', (answer) => {
    ending = endingOf(answer);
    const httpStatus = answer[':status'];
    if (httpStatus !== 200)
      giveUp(
        new RpcError(rpcCodes.unavailable, `it answers with HTTP status ${httpStatus}`, {
          httpStatus: httpStatus ?? 0,
        }),
      );
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
  stream.on('error', (error) => (cause = error));
  stream.on('close', () => {
    if (ending !== 'unknown') return end(ending);
    // It said that it had said all.
    if (ended && cause === undefined && stream.rstCode === 0)
      return end(new RpcError(rpcCodes.unknown, 'it ends without a status'));
    end(new RpcError(rpcCodes.unavailable, cause?.message ?? 'the connection ended', { cause }));
  });
  stream.end(framed);
  return cancel;
}

/** A frame: whether it is compressed, and how long it is. */
export function frame(message: Buffer, compressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** What headers or trailers say of the end of the call. */
function endingOf(answer: IncomingHttpHeaders): RpcError | undefined | 'unknown' {
  const status = answer['grpc-status'];
  if (status === undefined) return 'unknown';
  if (status === '0') return undefined;
  const details = answer['grpc-status-details-bin'];
  return new RpcError(
    Number(status) || rpcCodes.internal,
    readable(String(answer['grpc-message'] ?? '')),
    typeof details === 'string' ? { details: Buffer.from(details, 'base64') } : {},
  );
}

function readable(message: string): string {
  try {
    return decodeURIComponent(message) || 'it says no reason';
  } catch {
    return message;
  }
}
