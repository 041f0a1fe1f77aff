import { type SpanContext, TraceFlags } from '@opentelemetry/api';

/** Whether a span is exported. Counters and costs do not ask: they count every call. */
export type Sampler = (traceId: string, parent: SpanContext | undefined) => boolean;

/**
 * The samplers that OpenTelemetry names for `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
 * Default: `parentbased_always_on`.
 */
export function samplerFrom(env: Record<string, string | undefined>): Sampler {
  const ratio = Math.min(1, Math.max(0, Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1)));
  const byRatio: Sampler = (traceId) =>
    Number.parseInt(traceId.slice(-14), 16) < (Number.isNaN(ratio) ? 1 : ratio) * 2 ** 56;
  const roots: Record<string, Sampler> = { always_on: () => true, always_off: () => false, traceidratio: byRatio };
  const name = env.OTEL_TRACES_SAMPLER?.trim().toLowerCase() || 'parentbased_always_on';
  const root = roots[name.replace(/^parentbased_/, '')] ?? roots.always_on!;
  if (!name.startsWith('parentbased_')) return root;
  return (traceId, parent) => (parent ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0 : root(traceId, parent));
}
