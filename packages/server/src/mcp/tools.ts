/**
 * The tools that a coding agent gets, as a table. Each asks a route of the query API as its caller would, so it sees what that key may see and
 * understands the same filters; the answers are cut to what a model can read.
 */
import { z } from 'zod';
import { AnomaliesQuery, CostsQuery, filters, type Span, type Trace, TraceParams, TracesQuery } from '../api.ts';
import { LatencyQuery } from '../api/groups.ts';
import type { Access } from '../auth/access.ts';
import type { Handlers } from '../query/handlers.ts';

export type Asked = Handlers<
  'listTraces' | 'getTrace' | 'listSpans' | 'getCosts' | 'listModels' | 'getLatency' | 'getAnomalies'
>;
type AskedOf<Name extends keyof Asked> = Parameters<Asked[Name]>[0];
type Ask = <Name extends keyof Asked>(
  name: Name,
  query: AskedOf<Name>['query'],
  params?: AskedOf<Name>['params'],
) => Promise<Awaited<ReturnType<Asked[Name]>>>;

export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  title: string;
  description: string;
  input: Input;
  run(input: z.output<Input>, ask: Ask): Promise<unknown>;
}

function tool<Input extends z.ZodObject>(given: Tool<Input>): Tool {
  return given as unknown as Tool;
}

/** Spans of a trace, and characters of each text, that one answer holds. */
const SPANS = 300;
const TEXT_CHARS = 2_000;
const ROWS = 100;

const grammar =
  'Filters look like `model:gpt-4o cost>0.01 agent:analyst -tool:search status:error duration>2s "free text"`; join with OR and parentheses.';

export const tools = {
  search_traces: tool({
    title: 'Search traces',
    description: `Finds traces of AI agents, newest first: what each did, what it cost, whether it failed. ${grammar}`,
    input: TracesQuery.extend({ limit: z.int().min(1).max(ROWS).default(20) }),
    run: (query, ask) => ask('listTraces', query),
  }),
  get_trace: tool({
    title: 'Read a trace',
    description: `One trace with its spans as they happened: steps, model calls, tools, errors, tokens, dollars. With content, also what was said, if it was recorded. At most ${SPANS} spans: failed ones are always among them.`,
    input: TraceParams.extend({
      content: z
        .boolean()
        .default(false)
        .describe('also messages, tool arguments and results, each cut after 2,000 characters'),
    }),
    run: async ({ traceId, content }, ask) => briefTrace(await ask('getTrace', {}, { traceId }), content),
  }),
  costs: tool({
    title: 'Sum costs',
    description: `Calls, tokens and dollars by any dimensions, dearest first, with the exact total: by=agent,role,model or by=time:day,agent or by=attr.<key>. ${grammar}`,
    input: CostsQuery,
    run: async (query, ask) => {
      const { by, total, rows, truncated } = await ask('getCosts', query);
      return { by, total, rows: rows.slice(0, ROWS), truncated: truncated || rows.length > ROWS };
    },
  }),
  compare_models: tool({
    title: 'Compare models',
    description: `Models side by side: calls, error rate, cost, cost of a call, percentiles of duration and of tokens per second. ${grammar}`,
    input: z.object(filters),
    run: (query, ask) => ask('listModels', { ...query, order: 'cost', limit: ROWS }),
  }),
  errors: tool({
    title: 'Look at errors',
    description: `What fails, by class of error, agent, model and tool, with the newest failed spans. ${grammar}`,
    input: z.object(filters),
    run: async (query, ask) => {
      const q = query.q ? `has:error (${query.q})` : 'has:error';
      const grouped = LatencyQuery.parse({ ...query, q, by: 'error,agent,model,tool', of: 'spans', limit: ROWS });
      const [{ rows }, { spans }] = await Promise.all([
        ask('getLatency', grouped),
        ask('listSpans', { ...query, q, limit: 20 }),
      ]);
      const classes = rows.map(({ key: [error, agent, model, tool_], spans: count, first, last }) => ({
        ...{ error, agent, model, tool: tool_, count, first, last },
      }));
      return { classes, newest: spans };
    },
  }),
  anomalies: tool({
    title: 'Find unusual spending',
    description: `Who spends unusually much in the last hours, compared with its own past, and why that is thought. ${grammar}`,
    input: AnomaliesQuery,
    run: (query, ask) => ask('getAnomalies', query),
  }),
} as const satisfies Record<string, Tool>;

/** Asks a handler with somebody's access. */
export function asker(handlers: Asked, { access, request }: { access: Access; request: Request }): Ask {
  return async (name, query, params) => {
    const handle = handlers[name] as (asking: object) => Promise<never>;
    return handle({ params, query, body: undefined, from: '', access, request });
  };
}

const contentFacts = ['systemInstructions', 'inputMessages', 'outputMessages', 'toolArguments', 'toolResult'];

/** Without what says the same twice, and with what failed when not all spans fit. */
function briefTrace({ summary, spans }: Trace, content: boolean) {
  const failed = spans.filter(({ status }) => status === 'error').slice(0, SPANS);
  const room = SPANS - failed.length;
  const others = new Set(spans.filter(({ status }) => status !== 'error').slice(0, room));
  const chosen = spans.filter((span) => others.has(span) || failed.includes(span));
  return { summary, spans: chosen.map((span) => briefSpan(span, content)), omittedSpans: spans.length - chosen.length };
}

function briefSpan(
  { facts, cost, attributes: _, resource: _r, scope: _s, events, links: _l, ...span }: Span,
  content: boolean,
) {
  const told = Object.entries({ ...span, costUsd: cost?.costUsd ?? null }).filter(([, value]) => value !== null);
  const exceptions = events
    .filter(({ name }) => name === 'exception')
    .map(({ attributes }) => cut(JSON.stringify(attributes)));
  const said = contentFacts.flatMap((fact) => (typeof facts[fact] === 'string' ? [[fact, cut(facts[fact])]] : []));
  return {
    ...Object.fromEntries(told),
    ...(content && exceptions.length > 0 && { exceptions }),
    ...(content && (Object.fromEntries(said) as object)),
  };
}

function cut(text: string): string {
  return text.length > TEXT_CHARS ? `${text.slice(0, TEXT_CHARS)}… (${text.length} characters)` : text;
}
