/**
 * Which agent of which tenant asked which agent of which tenant. A span tells its own side only: the message is a span of the
 * sender, the work for it a span of the receiver and its child, and they come from two processes in any order.
 */
import { limits } from '@tallyspan/facts';
import type { StoredSpan } from '@tallyspan/store';

export interface Pair {
  sourceTenant: string | undefined;
  sourceAgent: string | undefined;
  targetTenant: string | undefined;
  targetAgent: string | undefined;
  state: string | undefined;
}

type Side = Pick<StoredSpan, 'facts'>;

export class AgentPairs {
  readonly #onPair: (pair: Pair) => void;
  /** Messages, and work that was done, whose other side has not come yet. By the message's trace and span. */
  readonly #messages = new Map<string, Side>();
  readonly #work = new Map<string, Side>();

  constructor(onPair: (pair: Pair) => void) {
    this.#onPair = onPair;
  }

  look(span: StoredSpan): void {
    const { operation } = span.facts;
    if (operation === 'a2a_send') this.#meet(`${span.traceId}${span.spanId}`, span, this.#messages, this.#work);
    else if (operation === 'a2a_execute' && span.parentSpanId)
      this.#meet(`${span.traceId}${span.parentSpanId}`, span, this.#work, this.#messages);
  }

  #meet(key: string, span: StoredSpan, own: Map<string, Side>, other: Map<string, Side>): void {
    const found = other.get(key);
    if (!found) {
      // The oldest has waited long enough: its other side is not traced, or was not stored.
      if (own.size >= limits.a2aPairsMax) own.delete(own.keys().next().value!);
      own.set(key, { facts: span.facts });
      return;
    }
    other.delete(key);
    const [message, work] = other === this.#messages ? [found, span] : [span, found];
    this.#onPair({
      sourceTenant: message.facts.tenant,
      sourceAgent: message.facts.agent,
      targetTenant: work.facts.tenant,
      targetAgent: work.facts.agent ?? message.facts.peerAgent,
      state: work.facts.a2aTaskState,
    });
  }
}
