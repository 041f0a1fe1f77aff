import { describe, expect, it } from 'vitest';
import { CallMetrics } from './call-metrics.ts';
import { expose } from './exposition.ts';

const both = { semconv: '1.41', families: ['otel', 'hexr'] } as const;
const linesOf = (
  counted: CallMetrics,
  ...rest: Parameters<typeof expose> extends [unknown, ...infer Rest] ? Rest : never
) => expose(counted, ...rest).body.split('\n');

describe('metrics as Prometheus reads them', () => {
  it('OBS-49 OBS-50 OBS-51 the guard is counted under the names of its rows', () => {
    const counted = new CallMetrics(0);
    counted.count('guard_scanner', { direction: 'input', scanner: 'PromptInjection' }, { calls: 1, blocks: 1 });
    counted.count('guard_scanner', { direction: 'input', scanner: 'Pii' }, { calls: 1, blocks: 0 });
    counted.count('guard_scan', { direction: 'input' }, { durationSeconds: 0.003 });
    const lines = linesOf(counted, both);
    expect(lines).toContain('hexr_guard_scans_total{direction="input",scanner="PromptInjection"} 1');
    expect(lines).toContain('hexr_guard_scans_total{direction="input",scanner="Pii"} 1');
    expect(lines.filter((line) => line.startsWith('hexr_guard_blocks_total'))).toEqual([
      'hexr_guard_blocks_total{direction="input",scanner="PromptInjection"} 1',
    ]);
    expect(lines).toContain('# TYPE hexr_guard_scan_duration_seconds histogram');
    expect(lines).toContain('hexr_guard_scan_duration_seconds_bucket{direction="input",le="0.0025"} 0');
    expect(lines).toContain('hexr_guard_scan_duration_seconds_bucket{direction="input",le="0.005"} 1');
    expect(lines).toContain('hexr_guard_scan_duration_seconds_bucket{direction="input",le="+Inf"} 1');
    expect(lines).toContain('hexr_guard_scan_duration_seconds_count{direction="input"} 1');
    expect(lines).toContain('tally_guard_scans_total{tally_guard_direction="input",tally_guard_scanner="Pii"} 1');
  });

  it('a model call is counted with its tokens and dollars', () => {
    const counted = new CallMetrics(0);
    const facts = { operation: 'chat', provider: 'openai', requestModel: 'gpt-4o', agent: 'writer', tenant: 'acme' };
    counted.record({ ...facts, inputTokens: 100, outputTokens: 20, costNanoUsd: 450_000n }, 1.5);
    counted.record({ ...facts, errorType: '429' }, 0.1);
    const lines = linesOf(counted, { ...both, families: ['otel'] });
    const labels =
      'gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",tally_tenant="acme",gen_ai_agent_name="writer"';
    expect(lines).toContain(`tally_llm_calls_total{${labels}} 2`);
    expect(lines).toContain(`tally_llm_call_errors_total{${labels},error_type="429"} 1`);
    expect(lines).toContain(`tally_llm_cost_usd_total{${labels}} 0.00045`);
    expect(lines).toContain(`tally_llm_call_duration_seconds_sum{${labels}} 1.6`);
    // Each family is announced once, whatever the number of its rows.
    const announced = lines.filter((line) => line.startsWith('# TYPE'));
    expect(new Set(announced).size).toBe(announced.length);
  });

  it('what goes up and down is a gauge, and is told when it is at 0', () => {
    const counted = new CallMetrics(0);
    counted.count('agent_active', { agent: 'writer' }, { active: 1 });
    counted.count('agent_active', { agent: 'writer' }, { active: -1 });
    expect(linesOf(counted, { ...both, families: ['otel'] })).toContain(
      'tally_agent_active{gen_ai_agent_name="writer"} 0',
    );
  });

  it('a label cannot forge a line', () => {
    const counted = new CallMetrics(0);
    counted.record({ operation: 'execute_tool', toolName: 'a"\n# EOF\nevil 1\\' }, 1);
    const lines = linesOf(counted, { ...both, families: ['otel'] });
    expect(lines.some((line) => line.startsWith('evil') || line.startsWith('# EOF'))).toBe(false);
    expect(lines).toContain(
      String.raw`tally_tool_invocations_total{gen_ai_tool_name="a\"\n# EOF\nevil 1\\",tally_tool_status="ok"} 1`,
    );
  });

  it('OpenMetrics names a counter without its suffix and ends with # EOF', () => {
    const counted = new CallMetrics(0);
    const health = { name: 'tallyspan_ingest_spans', help: 'Spans', kind: 'counter', value: 7 } as const;
    const { body, contentType } = expose(counted, { ...both, openMetrics: true }, [health]);
    expect(contentType).toContain('application/openmetrics-text');
    expect(body).toBe(
      '# HELP tallyspan_ingest_spans Spans\n# TYPE tallyspan_ingest_spans counter\ntallyspan_ingest_spans_total 7\n# EOF\n',
    );
  });
});
