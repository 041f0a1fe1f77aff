import type { SpanContext } from '@opentelemetry/api';
import { type Facts, type SpanKind, spanKind, spanName, type Visit, writeFacts, type Writing } from '@tallyspan/facts';

/** A span that has ended: what the direct recorder writes as bytes and the OpenTelemetry recorder as calls. */
export interface EndedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  traceState: string | undefined;
  startMicros: number;
  endMicros: number;
  facts: Facts;
  links?: readonly SpanContext[] | undefined;
  failed: boolean;
  /** Never holds content unless content is on. */
  statusMessage: string | undefined;
}

/** The one place where facts become a span's name, kind and attributes. */
export function describe(facts: Facts, writing: Writing): { name: string; kind: SpanKind } {
  return { name: spanName(facts, writing), kind: spanKind(facts) };
}

export function visitAttributes(span: EndedSpan, writing: Writing, visit: Visit): void {
  writeFacts(span.facts, BigInt(span.endMicros - span.startMicros) * 1000n, writing, visit);
}
