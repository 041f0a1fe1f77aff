import { diag } from '@opentelemetry/api';
import { limits } from '@tallyspan/facts';
import { type Batch, EntryBuffer } from './entry-buffer.ts';
import { type Envelope, exportRequest } from './request.ts';
import { readPartialSuccess } from './partial-success.ts';
import { post, type Target } from './post.ts';

/** What became of every span: `created = exported + waiting + the sum of dropped`. */
export interface ExportCounts {
  created: number;
  exported: number;
  waiting: number;
  dropped: { bufferFull: number; refused: number; tooLarge: number };
}

const FIRST_PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 30_000;
const WARN_EVERY_MS = 60_000;

/**
 * Sends spans in the background from a buffer that is bounded by bytes. Adding never waits, throws or grows past the bound:
 * what does not fit is dropped and counted. One request at a time; nothing here keeps the process alive.
 */
export class SpanExporter {
  readonly counts: ExportCounts = {
    created: 0,
    exported: 0,
    waiting: 0,
    dropped: { bufferFull: 0, refused: 0, tooLarge: 0 },
  };
  readonly #target: Target;
  readonly #envelope: Envelope;
  readonly #collect: () => void;
  readonly #buffer = new EntryBuffer();
  /** A batch that was sent in vain and goes first next time. */
  #again: Batch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #notBeforeMs = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #warnedMs = -Infinity;

  /** `collect` is called before entries leave: who keeps work back for a better moment adds it then. */
  constructor(target: Target, envelope: Envelope, collect: () => void = () => {}) {
    this.#target = target;
    this.#envelope = envelope;
    this.#collect = collect;
  }

  /** There is something to collect: send within the usual pause. */
  wake(): void {
    this.#schedule();
  }

  /** Copies the entry: its memory may be used again at once. */
  add(entry: Uint8Array): void {
    this.counts.created++;
    if (entry.length > limits.exportRequestBytesMax) {
      this.counts.dropped.tooLarge++;
    } else if (this.#buffer.add(entry)) {
      this.counts.waiting++;
      this.#schedule();
    } else {
      this.counts.dropped.bufferFull++;
    }
  }

  /** Sends what is waiting. Resolves when it is sent, or given up until later, or after `timeoutMs`. */
  async flush(timeoutMs: number = limits.exitDelayMsMax): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const work = (async () => {
      await this.#sending;
      this.#collect();
      while (this.#buffer.entries > 0 && Date.now() < deadline && Date.now() >= this.#notBeforeMs) {
        await (this.#sending ??= this.#send(true, deadline - Date.now()));
      }
    })();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([work, late]);
    clearTimeout(timer);
  }

  #schedule(): void {
    if (this.#timer || this.#sending) return;
    const pause = Math.max(limits.exportIntervalMs, this.#notBeforeMs - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#collect();
      if (this.#buffer.entries === 0) return;
      // A flush may have been told meanwhile to come back later.
      if (Date.now() < this.#notBeforeMs) this.#schedule();
      else this.#sending ??= this.#send(false, this.#target.timeoutMs);
    }, pause);
    this.#timer.unref();
  }

  async #send(hold: boolean, timeoutMs: number): Promise<void> {
    const batch = this.#again ?? this.#buffer.take();
    this.#again = undefined;
    const body = exportRequest(this.#envelope, batch.bytes);
    const sent = await post({ ...this.#target, timeoutMs: Math.min(timeoutMs, this.#target.timeoutMs) }, body, hold);
    if (sent.outcome === 'again') {
      // Half of the pause is chance, so that a fleet does not come back at the same instant.
      const pause = Math.min(sent.afterMs ?? this.#pauseMs * (0.5 + Math.random() / 2), PAUSE_MS_MAX);
      this.#notBeforeMs = Date.now() + pause;
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS_MAX);
      this.#again = batch;
      this.#warn(`spans wait: ${sent.reason}`);
    } else {
      this.#buffer.settle(batch);
      this.counts.waiting -= batch.entries;
      if (sent.outcome === 'ok') {
        const { rejected, message } = readPartialSuccess(sent.body, batch.entries);
        this.counts.exported += batch.entries - rejected;
        this.counts.dropped.refused += rejected;
        if (rejected > 0) this.#warn(`${rejected} of ${batch.entries} spans refused for good: ${message}`);
      } else {
        this.counts.dropped.refused += batch.entries;
        this.#warn(`${batch.entries} spans refused for good: ${sent.reason}`);
      }
      this.#pauseMs = FIRST_PAUSE_MS;
    }
    this.#sending = undefined;
    if (this.#buffer.entries > 0) this.#schedule();
  }

  /** At most one line a minute, through OpenTelemetry's own diagnostics, which are silent unless the user turns them on. */
  #warn(text: string): void {
    if (Date.now() - this.#warnedMs < WARN_EVERY_MS) return;
    this.#warnedMs = Date.now();
    diag.warn(`tallyspan: ${text} (${this.#target.url.host})`);
  }
}
