import { limits } from '@tallyspan/facts';

/**
 * The live tail: whoever listens hears which traces just got spans. Server-sent events:
 *
 *   retry: 1000
 *
 *   event: spans
 *   data: {"traceIds":["0af7651916cd43dd8448eb211c80319c"]}
 *
 *   : still here
 *
 * A reader that is slow gets several notices as one. One that falls far behind is cut off; it reconnects and reads again what it shows.
 */
export class Tail {
  readonly #readers = new Set<Reader>();

  get readers(): number {
    return this.#readers.size;
  }

  publish(traceIds: readonly string[]): void {
    if (traceIds.length > 0) for (const reader of this.#readers) reader.tell(traceIds);
  }

  /** A new reader's stream; leaving is cancelling it. */
  connect(): ReadableStream<Uint8Array> {
    const reader = new Reader(() => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader.stream;
  }

  close(): void {
    for (const reader of this.#readers) reader.close();
  }
}

const encoder = new TextEncoder();

class Reader {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #onClose: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #waiting = new Set<string>();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #closed = false;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
        // Headers leave with the first bytes; the page shows "live" when they arrive.
        this.#write('retry: 1000\n\n');
      },
      pull: () => this.#flush(),
      cancel: () => this.close(),
    });
    this.#heartbeat = setInterval(() => this.#beat(), limits.tailHeartbeatMs).unref();
  }

  tell(traceIds: readonly string[]): void {
    for (const traceId of traceIds) this.#waiting.add(traceId);
    if (this.#waiting.size > limits.tailTracesMax) this.close();
    else this.#flush();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.#onClose();
    try {
      this.#controller.close();
    } catch {
      // Cancelled by the reader: closed already.
    }
  }

  #flush(): void {
    if (this.#waiting.size === 0 || !this.#wants()) return;
    const traceIds = [...this.#waiting];
    // Before writing: a reader that waits for more comes back here from inside the write.
    this.#waiting.clear();
    this.#write(`event: spans\ndata: ${JSON.stringify({ traceIds })}\n\n`);
  }

  #beat(): void {
    if (this.#wants()) this.#write(': still here\n\n');
  }

  /** Whether the last piece was taken. */
  #wants(): boolean {
    return !this.#closed && (this.#controller.desiredSize ?? 0) > 0;
  }

  #write(text: string): void {
    this.#controller.enqueue(encoder.encode(text));
  }
}
