import { describe, expect, it } from 'vitest';
import { newSpanId, newTraceId } from './ids.ts';

describe('ids', () => {
  it('have the length OpenTelemetry asks for and do not repeat', () => {
    const traces = Array.from({ length: 20_000 }, newTraceId);
    const spans = Array.from({ length: 20_000 }, newSpanId);
    expect(traces.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(spans.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
    expect(new Set(traces).size).toBe(traces.length);
    expect(new Set(spans).size).toBe(spans.length);
  });
});
