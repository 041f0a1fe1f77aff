import type { Log } from '@tallyspan/store';
import type { Backlog } from './backlog.ts';
import type { Drain } from './drain.ts';

/** What `/readyz` answers: whether new spans are acknowledged and become visible, and if not, why. */
export interface Readiness {
  ready: boolean;
  /** The ingest log. */
  log: {
    writable: boolean;
    reason?: string;
    /** Bytes that were acknowledged once and cannot be read any more; 0 unless the disk or somebody damaged them. */
    damagedBytes: number;
  };
  drain: {
    /** Whether what lay in the log at the start has been stored. */
    caughtUp: boolean;
    /** Why spans wait at present. */
    failing?: string;
    /** Records that the store could not take, kept in the data folder. */
    setAside: number;
  };
  /** Bytes taken in and not stored yet, and from where on new ones are refused. */
  backlog: { bytes: number; bytesMax: number };
}

/** A failed write says so for this long. Without traffic nothing would ever say that the disk has room again. */
const FAILURE_MS = 10_000;

export class Health {
  #logFailure: { reason: string; until: number } | undefined;
  readonly #log: Pick<Log, 'damagedBytes'>;
  readonly #drain: Drain;
  readonly #backlog: Backlog;

  constructor(log: Pick<Log, 'damagedBytes'>, drain: Drain, backlog: Backlog) {
    this.#log = log;
    this.#drain = drain;
    this.#backlog = backlog;
  }

  /** The outcome of a write to the log; undefined when it went well. */
  logWrite(reason: string | undefined): void {
    this.#logFailure = reason === undefined ? undefined : { reason, until: performance.now() + FAILURE_MS };
  }

  readiness(): Readiness {
    const { caughtUp, failing, setAsideCount } = this.#drain;
    const { bytes, bytesMax } = this.#backlog;
    const failure = this.#logFailure && performance.now() < this.#logFailure.until ? this.#logFailure : undefined;
    const writable = failure === undefined;
    return {
      ready: writable && caughtUp && failing === undefined && bytes < bytesMax,
      log: {
        writable,
        ...(failure && { reason: failure.reason }),
        damagedBytes: this.#log.damagedBytes,
      },
      drain: { caughtUp, ...(failing !== undefined && { failing }), setAside: setAsideCount },
      backlog: { bytes, bytesMax },
    };
  }
}
