import { diag } from '@opentelemetry/api';
import { limits } from '@tallyspan/facts';
import { type Envelope, exportRequest } from './request.ts';
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
  #entries: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #notBeforeMs = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #warnedMs = -Infinity;

  constructor(target: Target, envelope: Envelope) {
    this.#target = target;
    this.#envelope = envelope;
  }

  add(entry: Buffer): void {
    this.counts.created++;
    if (entry.length > limits.exportRequestBytesMax) {
      this.counts.dropped.tooLarge++;
    } else if (this.#bytes + entry.length > limits.exportBufferBytesMax) {
      this.counts.dropped.bufferFull++;
    } else {
      this.#entries.push(entry);
      this.#bytes += entry.length;
      this.counts.waiting++;
      this.#schedule();
    }
  }

  /** Sends what is waiting. Resolves when it is sent, or given up until later, or after `timeoutMs`. */
  async flush(timeoutMs: number = limits.exitDelayMsMax): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const work = (async () => {
      await this.#sending;
      while (this.#entries.length > 0 && Date.now() < deadline && Date.now() >= this.#notBeforeMs) {
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
      this.#sending ??= this.#send(false, this.#target.timeoutMs);
    }, pause);
    this.#timer.unref();
  }

  async #send(hold: boolean, timeoutMs: number): Promise<void> {
    const batch: Buffer[] = [];
    let bytes = 0;
    for (const entry of this.#entries) {
      if (bytes + entry.length > limits.exportRequestBytesMax) break;
      batch.push(entry);
      bytes += entry.length;
    }
    const body = exportRequest(this.#envelope, batch);
    const sent = await post({ ...this.#target, timeoutMs: Math.min(timeoutMs, this.#target.timeoutMs) }, body, hold);
    if (sent.outcome === 'again') {
      // Half of the pause is chance, so that a fleet does not come back at the same instant.
      const pause = Math.min(sent.afterMs ?? this.#pauseMs * (0.5 + Math.random() / 2), PAUSE_MS_MAX);
      this.#notBeforeMs = Date.now() + pause;
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS_MAX);
      this.#warn(`spans wait: ${sent.reason}`);
    } else {
      this.#entries.splice(0, batch.length);
      this.#bytes -= bytes;
      this.counts.waiting -= batch.length;
      if (sent.outcome === 'ok') this.counts.exported += batch.length;
      else {
        this.counts.dropped.refused += batch.length;
        this.#warn(`${batch.length} spans refused for good: ${sent.reason}`);
      }
      this.#pauseMs = FIRST_PAUSE_MS;
    }
    this.#sending = undefined;
    if (this.#entries.length > 0) this.#schedule();
  }

  /** At most one line a minute, through OpenTelemetry's own diagnostics, which are silent unless the user turns them on. */
  #warn(text: string): void {
    if (Date.now() - this.#warnedMs < WARN_EVERY_MS) return;
    this.#warnedMs = Date.now();
    diag.warn(`tallyspan: ${text} (${this.#target.url.host})`);
  }
}
