import type { SpanContext } from '@opentelemetry/api';
import { BILLABLE, type Facts, type Identity } from '@tallyspan/facts';
import { monotonicMicros, wallMicros } from './clock.ts';
import { currentIdentity, currentSpan } from './context.ts';
import { withCost } from './cost.ts';
import type { Failure } from './failure.ts';
import { recorder } from './pipeline.ts';
import { spiffeIdOf } from './spiffe.ts';
import { environment, type Frame, state } from './state.ts';

/** A span of ours that has begun. */
export interface Begun {
  frame: Frame;
  facts: Facts;
  /** Microseconds since it began. */
  elapsedMicros(): number;
  /** Ends the span, prices and counts it. Only the first call does anything; never throws. */
  end(failure?: Failure): void;
  readonly ended: boolean;
}

/**
 * Begins a span under the current one, with the current identity or the one given. `identify` may add facts that depend on the
 * span's own context, such as the run id of a root agent.
 */
export function begin(facts: Facts, identity: Identity = currentIdentity(), identify?: (span: SpanContext) => Identity): Begun {
  const startMicros = wallMicros();
  const startMonotonic = monotonicMicros();
  const to = recorder();
  Object.assign(facts, identity);
  const spiffeId = spiffeIdOf(identity, state.options, environment());
  if (spiffeId !== undefined) facts.spiffeId = spiffeId;
  const open = to.open(facts, currentSpan(), startMicros);
  const added = identify?.(open.context);
  if (added) Object.assign(facts, added);
  let ended = false;
  return {
    frame: { identity: added ? { ...identity, ...added } : identity, span: open.context },
    facts,
    elapsedMicros: () => monotonicMicros() - startMonotonic,
    get ended() {
      return ended;
    },
    end(failure) {
      if (ended) return;
      ended = true;
      try {
        const durationMicros = monotonicMicros() - startMonotonic;
        if (failure) facts.errorType = failure.errorType;
        withCost(facts, BigInt(startMicros) * 1000n, (priced) => {
          if (priced.operation !== undefined && BILLABLE.has(priced.operation)) to.measure(priced, durationMicros / 1e6);
          open.end({
            facts: priced,
            endMicros: startMicros + durationMicros,
            failed: failure !== undefined,
            statusMessage: failure?.statusMessage,
          });
        });
      } catch {
        // A span that cannot be written must not reach the user's code.
      }
    },
  };
}
