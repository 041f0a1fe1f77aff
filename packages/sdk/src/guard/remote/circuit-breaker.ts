import { limits } from '@tallyspan/facts';

export interface CircuitOptions {
  /** Failures in a row after which nobody is asked. Default 5. */
  failuresMax?: number;
  /** How long nobody is asked, in milliseconds; then one call tries again. Default 30,000. */
  openMs?: number;
  /** For tests. Default: the monotonic clock. */
  now?: () => number;
}

/** What is thrown while nobody is asked. The engine reads the code. */
class CircuitOpenError extends Error {
  readonly code = 'circuit_open';
  constructor() {
    super('not asked: it failed several times in a row');
  }
}

/** Spares a server that is down, and the calls that would wait for it (Nygard: "Release It!", chapter 5). */
export class CircuitBreaker {
  readonly #failuresMax: number;
  readonly #openMs: number;
  readonly #now: () => number;
  #failures = 0;
  #openUntil = 0;
  #trying = false;

  constructor({ failuresMax, openMs, now = () => performance.now() }: CircuitOptions = {}) {
    this.#failuresMax = failuresMax ?? limits.guardCircuitFailuresMax;
    this.#openMs = openMs ?? limits.guardCircuitOpenMs;
    this.#now = now;
  }

  /** Runs it, or rejects at once while the circuit is open. Every failure counts, a time-out of the caller's too. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const open = this.#failures >= this.#failuresMax;
    if (open && (this.#trying || this.#now() < this.#openUntil)) throw new CircuitOpenError();
    this.#trying = open;
    try {
      const result = await work();
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#failures += 1;
      this.#openUntil = this.#now() + this.#openMs;
      throw error;
    } finally {
      this.#trying = false;
    }
  }
}
