import { Transform, type TransformCallback } from 'node:stream';
import { limits } from '@tallyspan/facts';
import { tooLarge } from '../read-body.ts';
import { GrpcError } from './grpc-error.ts';

/** One byte that says whether the message is compressed, four with its length. */
const PREFIX_BYTES = 5;

/**
 * The one message of a unary call, out of its frame: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 *
 *   00 00 00 01 2c  <300 bytes>
 *
 * Bytes go through as they come. Emits `error` with a {@link GrpcError}, or BODY_TOO_LARGE as soon as the length is known.
 */
export class MessageBody extends Transform {
  /** Whether the whole message has gone through. */
  complete = false;
  #prefix = Buffer.alloc(0);
  #left = 0;
  readonly #onCompressed: (compressed: boolean) => void;

  /** @param onCompressed told before the first byte goes through; may throw */
  constructor(onCompressed: (compressed: boolean) => void) {
    super();
    this.#onCompressed = onCompressed;
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#take(piece);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.#prefix.length === 0) return done(new GrpcError('UNIMPLEMENTED', 'The call has no message.'));
    if (this.#prefix.length < PREFIX_BYTES || this.#left > 0)
      return done(new GrpcError('INVALID_ARGUMENT', 'The message ends too early.'));
    this.complete = true;
    done();
  }

  #take(piece: Buffer): void {
    let at = 0;
    if (this.#prefix.length < PREFIX_BYTES) {
      at = Math.min(PREFIX_BYTES - this.#prefix.length, piece.length);
      this.#prefix = Buffer.concat([this.#prefix, piece.subarray(0, at)]);
      if (this.#prefix.length < PREFIX_BYTES) return;
      this.#begin(this.#prefix[0]!, this.#prefix.readUInt32BE(1));
    }
    const rest = piece.subarray(at);
    if (rest.length > this.#left)
      throw new GrpcError('UNIMPLEMENTED', 'The call has more than one message, and this method takes one.');
    this.#left -= rest.length;
    if (rest.length > 0) this.push(rest);
  }

  #begin(flag: number, length: number): void {
    if (flag > 1) throw new GrpcError('INTERNAL', `The message has the flag ${flag}; 0 and 1 are known.`);
    if (length > limits.bodyBytesMax) throw tooLarge();
    this.#left = length;
    this.#onCompressed(flag === 1);
  }
}
