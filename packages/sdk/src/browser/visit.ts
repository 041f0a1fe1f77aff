import type { Facts } from '@tallyspan/facts';
import { Begun } from '../begin.ts';
import { currentFrame } from '../context.ts';
import { describeFailure, type Failure } from '../failure.ts';
import { contentRules } from '../kernel.ts';
import { fields } from '../read.ts';
import type { Frame } from '../state.ts';
import { visitedUrl } from './visited-url.ts';

/** One visit of a page: a `browser_browse` span from its beginning to its end. Nothing here throws. */
export class Visit {
  /** The place in the program from which it was made, for what the page opens by itself. */
  readonly frame: Frame | undefined;
  readonly #begun: Begun | undefined;
  #actions = 0;

  constructor(url: string, around: Frame | undefined = currentFrame()) {
    this.frame = around;
    const facts: Facts = { operation: 'browser_browse', actionCount: 0 };
    const asked = visitedUrl(url);
    if (asked !== undefined) facts.url = asked;
    try {
      this.#begun = new Begun(facts, { ...around?.identity }, { parent: around?.span, around });
    } catch {
      this.#begun = undefined;
    }
  }

  acted(): void {
    if (this.#begun) this.#begun.facts.actionCount = ++this.#actions;
  }

  /** The first failure names the visit: later ones often follow from it. */
  failed(error: unknown): void {
    if (this.#begun) this.#begun.fault ??= failureOf(error);
  }

  /** What the page itself was answered with. */
  answered(response: unknown): void {
    try {
      const { status } = fields(response);
      const code = typeof status === 'function' ? (Reflect.apply(status, response, []) as unknown) : undefined;
      if (typeof code === 'number' && code >= 400) this.failed({ status: code });
    } catch {
      // A response of another kind.
    }
  }

  /** `url`: where the page is, for a visit that began before it was anywhere. */
  end(url: string): void {
    if (!this.#begun || this.#begun.ended) return;
    const landed = visitedUrl(url);
    if (landed !== undefined) this.#begun.facts.url ??= landed;
    this.#begun.end();
  }
}

/** Chromium and Firefox name what went wrong on the way: `net::ERR_NAME_NOT_RESOLVED`, `NS_ERROR_UNKNOWN_HOST`. The rest of the text has the address. */
const NETWORK = /\b(?:net::)?((?:NS_)?ERR(?:OR)?_[A-Z_]+)\b/;

function failureOf(error: unknown): Failure {
  const failure = describeFailure(error, contentRules({}).capture === true);
  const { message } = fields(error);
  const network = typeof message === 'string' ? NETWORK.exec(message)?.[1] : undefined;
  return network === undefined ? failure : { errorType: network, statusMessage: network };
}
