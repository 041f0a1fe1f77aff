/**
 * What happens to a body whichever way it came (OTLP/HTTP, OTLP/gRPC, a task trace):
 *
 *   check every span ──► log (fsync) ──► acknowledged
 *          │                  │
 *   BODY_UNREADABLE,     STORAGE_FULL: the sender tries again
 *   or refused alone
 */
import { isTallyError, limits, TallyError } from '@tallyspan/facts';
import type { Log } from '@tallyspan/store';
import type { Backlog } from './backlog.ts';
import type { PartialSuccess } from './otlp/answers.ts';
import { checkBody } from './otlp/check-body.ts';
import type { Format } from './otlp/read-traces.ts';
import type { Signal } from './otlp/signals.ts';
import { describeError } from './report.ts';

export interface IntakeOptions {
  log: Pick<Log, 'append'>;
  backlog: Backlog;
  /** Called after something new lies in the log. */
  onLogged: () => void;
  /** Called with the outcome of every write to the log. */
  onWrite: (error?: unknown) => void;
  dataDir: string;
}

/** How each unkept signal is called in an answer, and what points it elsewhere. */
const unkept = {
  metrics: { signal: 'Metrics', variable: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT' },
  logs: { signal: 'Logs', variable: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT' },
} as const;

/**
 * Resolves when everything that was not refused is safe on disk: only then may it be acknowledged. Answers what was refused.
 * Throws BODY_UNREADABLE, SPANS_TOO_MANY or STORAGE_FULL, and then nothing of the body is stored. `body` may be gone afterwards.
 */
export async function takeIn(
  options: IntakeOptions,
  body: Buffer,
  format: Format,
  signal: Signal,
): Promise<PartialSuccess | undefined> {
  const checked = await checkBody(body, format, signal);
  if (signal === 'traces') {
    if (checked.accepted > 0) await append(options, checked.body, format);
    return checked.refused === 0 ? undefined : { rejected: checked.refused, message: checked.message };
  }
  // Metrics and logs have no place here yet. Saying so is better than taking them and losing them.
  if (checked.refused === 0) return undefined;
  return { rejected: checked.refused, message: new TallyError('SIGNAL_NOT_STORED', unkept[signal]).message };
}

async function append(
  { log, dataDir, onLogged, onWrite }: IntakeOptions,
  body: Uint8Array,
  format: Format,
): Promise<void> {
  try {
    await log.append({ meta: { signal: 'traces', contentType: format, receivedAt: Date.now() }, body });
    onWrite();
  } catch (error) {
    onWrite(error);
    if (isTallyError(error) && error.code === 'STORAGE_FULL') throw error;
    throw new TallyError('STORAGE_FULL', { reason: describeError(error), dir: dataDir }, error);
  }
  onLogged();
}

/** Counts a body against the backlog while it is being read and until it is dealt with. Throws OVERLOADED when it does not fit. */
export class Held {
  #bytes = 0;
  readonly #backlog: Backlog;

  constructor(backlog: Backlog, announcedBytes = 0) {
    this.#backlog = backlog;
    this.#mustFit(announcedBytes);
  }

  take(bytes: number): void {
    this.#mustFit(bytes);
    this.#backlog.reading(bytes);
    this.#bytes += bytes;
  }

  release(): void {
    this.#backlog.reading(-this.#bytes);
    this.#bytes = 0;
  }

  #mustFit(bytes: number): void {
    if (this.#backlog.full(bytes))
      throw new TallyError('OVERLOADED', { mib: Math.round(this.#backlog.bytes / 1024 ** 2) });
  }
}

/** Seconds after which a refused sender may come back, spread over half a minute, or all of them come at once. */
export function retrySeconds(): number {
  return 1 + Math.floor(Math.random() * limits.retrySecondsMax);
}
