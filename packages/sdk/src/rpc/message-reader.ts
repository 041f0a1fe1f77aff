import { rpcCodes, RpcError } from './rpc-error.ts';

const PREFIX_BYTES = 5;

/** Cuts a gRPC stream into messages, wherever the network cuts its bytes: one byte of flags, four of length, the message. */
export class MessageReader {
  readonly #onMessage: (message: Buffer) => void;
  readonly #messageBytesMax: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** How many bytes there must be before there is something to do. */
  #wanted = PREFIX_BYTES;

  constructor(messageBytesMax: number, onMessage: (message: Buffer) => void) {
    this.#messageBytesMax = messageBytesMax;
    this.#onMessage = onMessage;
  }

  /** Throws {@link RpcError} for what is compressed or too long, and whatever `onMessage` throws. */
  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes >= this.#wanted) {
      const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      this.#pieces = [all];
      const length = all.readUInt32BE(1);
      if (all[0] !== 0) throw new RpcError(rpcCodes.internal, 'it sends a compressed message');
      if (length > this.#messageBytesMax)
        throw new RpcError(rpcCodes.resourceExhausted, `it sends a message of ${length} bytes`);
      this.#wanted = PREFIX_BYTES + length;
      if (this.#bytes < this.#wanted) return;
      const rest = all.subarray(this.#wanted);
      const message = all.subarray(PREFIX_BYTES, this.#wanted);
      this.#pieces = rest.length > 0 ? [rest] : [];
      this.#bytes = rest.length;
      this.#wanted = PREFIX_BYTES;
      this.#onMessage(message);
    }
  }
}
