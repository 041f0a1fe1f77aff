import { TraceFlags } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { newTraceId } from './ids.ts';
import { samplerFrom } from './sampler.ts';

const parent = (traceFlags: TraceFlags) => ({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags });

describe('OTEL_TRACES_SAMPLER', () => {
  it('COST-05 keeps everything when nothing is said', () => {
    expect(samplerFrom({})(newTraceId(), undefined)).toBe(true);
  });

  it('COST-05 keeps about the asked share of traces', () => {
    const sampler = samplerFrom({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' });
    const kept = Array.from({ length: 20_000 }, newTraceId).filter((id) => sampler(id, undefined)).length;
    // Six standard deviations around 2,000.
    expect(kept).toBeGreaterThan(1_745);
    expect(kept).toBeLessThan(2_255);
  });

  it('parent-based samplers follow the parent', () => {
    const sampler = samplerFrom({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
    expect(sampler(newTraceId(), parent(TraceFlags.SAMPLED))).toBe(true);
    expect(sampler(newTraceId(), parent(TraceFlags.NONE))).toBe(false);
    expect(sampler(newTraceId(), undefined)).toBe(false);
  });
});
