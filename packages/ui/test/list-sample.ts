/** What the lists of agents, sessions, models, verdicts and messages answer, made from the traces of a test. */
import type {
  A2a,
  Agents,
  Comparison,
  Facets,
  Guard,
  GuardReviews,
  ModelRow,
  Models,
  Runs,
  Sessions,
  SpanRow,
  Trace,
  Users,
} from '@tallyspan/server';

type Figures = Omit<Agents['agents'][number], 'tenant' | 'agent'>;

const times = { p50: 800, p90: 1_900, p95: 2_100, p99: 4_000 };

export function figuresOf({ summary }: Trace): Figures {
  const { calls, errors, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = summary;
  return {
    ...{ calls, errors, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens },
    ...{ costUsd: summary.costUsd, unpricedCalls: summary.unpricedCalls },
    ...{ spans: summary.spans, errorSpans: summary.errorSpans, runs: 1, sessions: 1, users: 1 },
    ...{ first: summary.start, last: summary.start },
    costPerCallUsd: calls === 0 ? null : '0.012',
    errorRate: calls === 0 ? null : errors / calls,
  };
}

export function modelRow(
  model: string,
  costUsd: string,
  figures: Figures,
  provider: string | null = 'openai',
): ModelRow {
  return {
    ...{ ...figures, costUsd, provider, model },
    ...{ durationMs: times, timeToFirstChunkMs: { ...times, p50: 310 }, tokensPerSecond: { ...times, p50: 74 } },
  };
}

function spanRow({ summary, spans }: Trace, guard: string): SpanRow {
  const [span] = spans;
  const { spanId, parentSpanId, name, kind, start, durationMs, status, statusMessage, operation } = span!;
  const { provider, model, requestModel, agent, role, tool, errorType, timeToFirstChunkMs } = span!;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, billable } = span!;
  return {
    ...{ spanId, parentSpanId, name, kind, start, durationMs, status, statusMessage, operation },
    ...{ provider, model, requestModel, agent, role, tool, errorType, timeToFirstChunkMs },
    ...{ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, billable },
    ...{ traceId: summary.traceId, tenant: summary.tenant, runId: summary.runId, user: null, session: null },
    ...{ service: null, guard, costUsd: null, costSource: null },
  };
}

/** One line for each trace, under the names that it has. */
export function listsOf(traces: readonly Trace[]): Readonly<Record<string, (query: URLSearchParams) => unknown>> {
  const truncated = false;
  const named = (trace: Trace) => ({ tenant: trace.summary.tenant, agent: trace.summary.agent ?? trace.summary.name });
  const own = () => traces.map((trace) => ({ trace, ...named(trace), figures: figuresOf(trace) }));
  return {
    '/api/v1/agents': (): Agents => ({
      agents: own().map(({ tenant, agent, figures }) => ({ tenant, agent, ...figures })),
      truncated,
    }),
    '/api/v1/runs': (query): Runs => ({
      runs: own()
        .filter(({ agent }) => agent === query.get('agent'))
        .map(({ tenant, agent, figures, trace: { summary } }) => ({
          ...{ tenant, agent, run: summary.runNumber, runId: summary.runId, ...figures },
        })),
      truncated,
    }),
    '/api/v1/sessions': (): Sessions => ({
      sessions: own().map(({ tenant, figures, trace }) => ({
        ...{ tenant, session: trace.summary.sessionId ?? trace.summary.traceId, ...figures },
      })),
      truncated,
    }),
    '/api/v1/users': (): Users => ({
      users: own().map(({ tenant, agent, figures }) => ({ tenant, user: agent, ...figures })),
      truncated,
    }),
    '/api/v1/models': (): Models => ({
      models: own().flatMap(({ trace, figures }) =>
        trace.summary.models.map((model) => modelRow(model, trace.summary.costUsd, figures, model)),
      ),
      truncated,
    }),
    '/api/v1/compare': (query): Comparison =>
      query.has('group')
        ? {
            groups: [],
            models: own()
              .slice(0, 1)
              .flatMap(({ figures }) => [
                modelRow('claude-opus-4', '0.09', figures, 'anthropic'),
                modelRow('gpt-4o', '0.02', figures),
                modelRow(query.get('group')!, '0.0004', figures),
              ]),
            calls: traces.slice(0, 1).map((trace) => spanRow(trace, 'annotated')),
          }
        : {
            groups: own().map(({ agent, figures }) => ({ group: agent, models: 3, ...figures })),
            models: [],
            calls: [],
          },
    '/api/v1/guard': (): Guard => ({
      outcomes: own().flatMap(({ tenant, agent, figures }) =>
        ['blocked', agent].map((outcome) => ({ outcome, tenant, agent, count: 2, last: figures.last })),
      ),
      scanners: own().map(({ tenant, agent }) => ({ scanner: agent, outcome: 'blocked', tenant, agent, count: 2 })),
      recent: traces.map((trace) => spanRow(trace, 'blocked')),
    }),
    '/api/v1/guard/reviews': (): GuardReviews => ({
      verdicts: own().map(({ trace, agent }) => ({
        ...{ span: spanRow(trace, 'blocked'), scanners: [agent] },
        review: { verdict: 'false_positive', who: agent, at: trace.summary.start },
      })),
      nextCursor: null,
      rules: own().map(({ agent }) => ({
        ...{ scanner: agent, found: 4, right: 1, falsePositives: 1, falsePositiveRate: 0.5 },
      })),
      ...{ rulesTruncated: false, mayReview: true },
    }),
    '/api/v1/a2a': (): A2a => ({
      edges: own().map(({ agent, figures }) => ({
        ...{ caller: agent, callee: `${agent} too`, sent: 4, executed: 3, errors: 1, durationMs: times },
        ...{ states: { completed: 3, [agent]: 1 }, last: figures.last },
      })),
      truncated,
    }),
    '/api/v1/facets': (query): Facets => ({
      field: query.get('field'),
      fields: [],
      values: [...new Set(own().map(({ agent }) => agent))]
        .filter((value) => value.toLowerCase().startsWith((query.get('prefix') ?? '').toLowerCase()))
        .map((value) => ({ value, count: 3 })),
    }),
  };
}
