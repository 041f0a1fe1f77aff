import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isTallyError, limits, TallyError } from '@tallyspan/facts';

/** The sender went away; there is nobody to answer. */
export class SenderGone extends Error {
  override readonly name = 'SenderGone';
}

/** A request, or a message of one. Fails with an error of ours when what arrives makes no sense. */
export interface BodySource extends Readable {
  /** Whether it has arrived as a whole. */
  complete: boolean;
}

/** How a body is packed, by its Content-Encoding. Throws CONTENT_ENCODING_UNKNOWN. */
export function readEncoding(header: string | undefined): 'gzip' | 'none' {
  const encoding = (header ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return 'none';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  throw new TallyError('CONTENT_ENCODING_UNKNOWN', { encoding: JSON.stringify(encoding.slice(0, 100)) });
}

/**
 * A whole body, unpacked. `onBytes` is told of every piece that is kept, and may throw to stop.
 * The limit is looked at piece by piece while inflating: a bomb of 261 kB that would become 256 MB stops at 64 MiB.
 * Throws BODY_TOO_LARGE, BODY_UNREADABLE (broken gzip), or SenderGone. The request is left paused and alive, so it can be answered.
 */
export async function readBody(
  request: BodySource,
  encoding: 'gzip' | 'none',
  onBytes: (bytes: number) => void,
): Promise<Buffer> {
  // It left while it was found out who it is: nothing more would be heard of it, not even its end.
  if (request.destroyed) throw new SenderGone();
  const pieces: Buffer[] = [];
  let bytes = 0;
  const keep = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > limits.bodyBytesMax) throw tooLarge();
    onBytes(piece.length);
    pieces.push(piece);
  };
  let received = 0;
  const receive = (piece: Buffer) => {
    received += piece.length;
    // Empty gzip members inflate to nothing for ever, so what comes in has the same limit.
    if (received > limits.bodyBytesMax) throw tooLarge();
  };
  await (encoding === 'gzip' ? inflate(request, receive, keep) : collect(request, keep));
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes);
}

export function tooLarge(): TallyError {
  return new TallyError('BODY_TOO_LARGE', { limit: limits.bodyBytesMax / 1024 ** 2 });
}

/** A sender in the middle of its body hears the answer only when it may finish; but it may not go on for ever. */
export function discardRest(request: Readable): void {
  let left = limits.bodyBytesMax;
  request.on('error', () => {});
  request.on('data', (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

type Take = (piece: Buffer) => void;

function collect(request: BodySource, take: Take): Promise<void> {
  return new Promise((resolve, reject) => {
    listen(request, { data: take, end: resolve, fail: reject });
  });
}

function inflate(request: BodySource, receive: Take, keep: Take): Promise<void> {
  const inflater = createGunzip({ chunkSize: 64 * 1024 });
  return new Promise<void>((resolve, reject) => {
    const unlisten = listen(request, {
      data: (piece) => {
        receive(piece);
        if (!inflater.write(piece)) request.pause();
      },
      end: () => inflater.end(),
      fail: reject,
    });
    inflater.on('drain', () => request.resume());
    inflater.on('data', (piece: Buffer) => {
      try {
        keep(piece);
      } catch (error) {
        unlisten();
        reject(error as Error);
        inflater.destroy();
      }
    });
    inflater.on('end', () => {
      unlisten();
      resolve();
    });
    inflater.on('error', (error) => {
      unlisten();
      reject(new TallyError('BODY_UNREADABLE', { kind: 'gzip', reason: error.message }, error));
    });
  }).finally(() => inflater.destroy());
}

/** Reads the request until its end, its death, or a throw of `data`; then it is paused and nobody listens any more. */
function listen(request: BodySource, on: { data: Take; end: () => void; fail: (error: Error) => void }): () => void {
  const data = (piece: Buffer) => {
    try {
      on.data(piece);
    } catch (error) {
      unlisten();
      on.fail(error as Error);
    }
  };
  const end = () => on.end();
  // Node's own errors tell of the connection.
  const failed = (error: NodeJS.ErrnoException) =>
    on.fail(typeof error.code === 'string' && !isTallyError(error) ? new SenderGone() : error);
  const gone = () => {
    if (!request.complete) on.fail(new SenderGone());
  };
  const unlisten = () => {
    request.pause();
    request.off('data', data).off('end', end).off('close', gone).off('error', failed);
  };
  request.on('data', data).on('end', end).on('close', gone).on('error', failed);
  return unlisten;
}
