import { limits } from '@tallyspan/facts';
import { type Access, openAccess } from './auth/access.ts';
import type { TenantsOf } from './drain.ts';

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
 * A reader with a tenant's key hears of this tenant's spans only, and nobody listens on when the key is revoked.
 * A reader that is slow gets several notices as one. One that falls far behind is cut off; it reconnects and reads again what it shows.
 */
export class Tail {
  readonly #readers = new Set<Reader>();
  #checking: NodeJS.Timeout | undefined;

  get readers(): number {
    return this.#readers.size;
  }

  publish(traceIds: readonly string[], tenantsOf: TenantsOf = new Map()): void {
    for (const reader of this.#readers) {
      const { tenant } = reader.access;
      const own = tenant === undefined ? traceIds : traceIds.filter((traceId) => tenantsOf.get(traceId)?.has(tenant));
      if (own.length > 0) reader.tell(own);
    }
  }

  /** A new reader's stream; leaving is cancelling it. With `choose`, only of traces that it answers. */
  connect(access: Listening = openAccess, choose?: Choose): ReadableStream<Uint8Array> {
    const reader = new Reader(access, choose, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    if (access.isStill) this.#checking ??= setInterval(() => void this.#check(), limits.objectsStaleMsMax).unref();
    return reader.stream;
  }

  close(): void {
    clearInterval(this.#checking);
    for (const reader of this.#readers) reader.close();
  }

  /** Lets go of whoever would not be let in any more, or of whom that cannot be found out. */
  async #check(): Promise<void> {
    for (const reader of this.#readers) {
      const isStill = await (reader.access.isStill?.() ?? Promise.resolve(true)).catch(() => false);
      if (!isStill) reader.close();
    }
  }
}

/** Who listens. */
type Listening = Pick<Access, 'tenant' | 'isStill'>;

/** Those of some traces that a reader wants to hear of. */
export type Choose = (traceIds: readonly string[]) => Promise<readonly string[]>;

const encoder = new TextEncoder();

class Reader {
  readonly stream: ReadableStream<Uint8Array>;
  readonly access: Listening;
  readonly #onClose: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #waiting = new Set<string>();
  readonly #choose: Choose | undefined;
  /** Traces that are not asked about yet; one question at a time. */
  #unchosen = new Set<string>();
  #choosing = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #closed = false;

  constructor(access: Listening, choose: Choose | undefined, onClose: () => void) {
    this.access = access;
    this.#choose = choose;
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
    if (!this.#choose) return this.#tellAll(traceIds);
    for (const traceId of traceIds) this.#unchosen.add(traceId);
    if (this.#unchosen.size > limits.tailTracesMax) this.close();
    else if (!this.#choosing) void this.#tellChosen(this.#choose);
  }

  async #tellChosen(choose: Choose): Promise<void> {
    this.#choosing = true;
    try {
      while (this.#unchosen.size > 0 && !this.#closed) {
        const asked = [...this.#unchosen];
        this.#unchosen = new Set();
        this.#tellAll(await choose(asked));
      }
    } catch {
      // It comes back, and reads again what it shows.
      this.close();
    } finally {
      this.#choosing = false;
    }
  }

  #tellAll(traceIds: readonly string[]): void {
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
