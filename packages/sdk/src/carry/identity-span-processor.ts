import { writeFacts } from '@tallyspan/facts';
import { currentIdentity } from '../context.ts';
import { spiffeIdOf } from '../spiffe.ts';
import { environment, state } from '../state.ts';

/** A span as every version of the OpenTelemetry SDK hands it to its processors. */
interface StartedSpan {
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Of SDK 2 and later; 1 calls it a library. */
  readonly instrumentationScope?: { readonly name?: string };
  readonly instrumentationLibrary?: { readonly name?: string };
  setAttribute(name: string, value: string | number | boolean | string[]): unknown;
}

/** Fits `SpanProcessor` of every version of the OpenTelemetry SDK. */
export interface IdentitySpanProcessor {
  onStart(span: StartedSpan): void;
  onEnd(): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/**
 * Puts the identity of the agent around on every span of other libraries: HTTP requests, queries, whatever the application's own
 * OpenTelemetry records. What a span says itself stays. Ours have it without this, and spans outside of any agent stay as they are.
 *
 * Needed only where spans of others go to a back end that does not know what is inside of what; with our own server they are
 * found below their agent.
 *
 * @example
 * new NodeTracerProvider({ spanProcessors: [identitySpanProcessor(), new BatchSpanProcessor(exporter)] });
 */
export function identitySpanProcessor(): IdentitySpanProcessor {
  return {
    onStart(span) {
      try {
        const scope = span.instrumentationScope ?? span.instrumentationLibrary;
        if (scope?.name === '@tallyspan/sdk') return;
        const identity = { ...currentIdentity() };
        const spiffeId = spiffeIdOf(identity, state.options, environment());
        if (spiffeId !== undefined) identity.spiffeId = spiffeId;
        // Long, and said once on the agent's own span.
        delete identity.agentDescription;
        const { dialects = ['otel'], semconv = '1.41' } = state.options;
        writeFacts(identity, 0n, { dialects, semconv }, (name, _type, value) => {
          if (span.attributes?.[name] === undefined) span.setAttribute(name, value);
        });
      } catch {
        // Somebody else's span goes its way without an identity.
      }
    },
    onEnd() {},
    async forceFlush() {},
    async shutdown() {},
  };
}
