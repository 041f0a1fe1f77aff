import type { Dimension, GroupQuestion, GroupRow, SpanFilter } from '@tallyspan/store';
import type { Filter } from '@tallyspan/facts/query';
import type { Access } from '../auth/access.ts';
import { a2aEdges } from './a2a-edges.ts';
import { askedDimensions, askedSpans } from './asked.ts';
import type { Handlers } from './handlers.ts';
import { presentSpanRow } from './present.ts';
import { presentFigures, presentKey, presentPercentiles } from './present-groups.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';

type Names =
  | 'getLatency'
  | 'listModels'
  | 'listAgents'
  | 'listRuns'
  | 'listSessions'
  | 'listUsers'
  | 'getA2a'
  | 'compareModels';

/** Groups of prompts that are listed, and calls of one that are shown. */
const GROUPS = 200;
const CALLS = 200;
/** Pairs of agents and states of tasks. */
const EDGES = 1_000;

type Query = Parameters<typeof askedSpans>[0] & { order: GroupQuestion['order']; limit: number };

export function groupHandlers(all: QueryStore): Handlers<Names> {
  /** Groups by these dimensions, of spans that have the one that the list is about. */
  const list = (
    { query, access }: { query: Query; access: Access },
    by: Dimension[],
    { of, about }: { of: GroupQuestion['of']; about?: Filter },
    percentiles = false,
  ) => {
    const { order, limit } = query;
    const filter = about ? narrowed(askedSpans(query), about) : askedSpans(query);
    return storeFor(all, access).groups({ by, of, filter, order, limit, percentiles });
  };
  const has = (name: 'agent' | 'run_id' | 'session' | 'user'): Filter => ({ kind: 'has', field: { name } });

  return {
    async getLatency({ query, access }) {
      const by = askedDimensions(query.by);
      const { rows, truncated } = await list({ query, access }, by, { of: query.of }, true);
      return {
        by,
        rows: rows.map((row) => ({
          key: presentKey(by, row.key),
          ...presentFigures(row),
          ...presentPercentiles(row),
        })),
        truncated,
      };
    },
    async listModels(asking) {
      const { rows, truncated } = await list(asking, ['provider', 'model'], { of: 'calls' }, true);
      return { models: rows.map(presentModel), truncated };
    },
    async listAgents(asking) {
      const { rows, truncated } = await list(asking, ['tenant', 'agent'], { of: 'spans', about: has('agent') });
      return {
        agents: rows.map((row) => ({ tenant: row.key[0] ?? null, agent: row.key[1] ?? null, ...presentFigures(row) })),
        truncated,
      };
    },
    async listRuns(asking) {
      const by: Dimension[] = ['tenant', 'agent', 'run', 'run_id'];
      const { rows, truncated } = await list(asking, by, { of: 'spans', about: has('run_id') });
      const runs = rows.map((row) => {
        const [tenant = null, agent = null, run = null, runId = null] = row.key;
        return { tenant, agent, run: run === null ? null : Number(run), runId, ...presentFigures(row) };
      });
      return { runs, truncated };
    },
    async listSessions(asking) {
      const { rows, truncated } = await list(asking, ['tenant', 'session'], { of: 'spans', about: has('session') });
      const sessions = rows.map((row) => {
        const [tenant = null, session = null] = row.key;
        return { tenant, session, ...presentFigures(row) };
      });
      return { sessions, truncated };
    },
    async listUsers(asking) {
      const { rows, truncated } = await list(asking, ['tenant', 'user'], { of: 'spans', about: has('user') });
      return {
        users: rows.map((row) => ({ tenant: row.key[0] ?? null, user: row.key[1] ?? null, ...presentFigures(row) })),
        truncated,
      };
    },

    async getA2a({ query, access }) {
      const store = storeFor(all, access);
      const filter = narrowed(askedSpans(query), {
        kind: 'any',
        of: ['a2a_send', 'a2a_execute'].map((text) => ({
          kind: 'equals',
          field: { name: 'operation' },
          text,
          glob: false,
        })),
      });
      const by: Dimension[] = ['operation', 'agent', 'peer'];
      const question = { of: 'spans', filter, order: 'spans', limit: EDGES } as const;
      const [ways, states] = await Promise.all([
        store.groups({ ...question, by, percentiles: true }),
        store.groups({ ...question, by: [...by, 'task'] }),
      ]);
      return { edges: a2aEdges(ways.rows, states.rows), truncated: ways.truncated || states.truncated };
    },

    async compareModels({ query, access }) {
      const store = storeFor(all, access);
      const asked = askedSpans(query);
      const question = { of: 'calls', limit: GROUPS } as const;
      if (query.group === undefined) {
        const filter = narrowed(asked, { kind: 'has', field: { name: 'group' } });
        const [groups, models] = await Promise.all([
          store.groups({ ...question, by: ['group'], filter, order: 'last' }),
          store.groups({ ...question, by: ['group', 'model'], filter, order: 'last', limit: EDGES }),
        ]);
        const modelsOf = (group: string | null | undefined) => models.rows.filter(({ key }) => key[0] === group).length;
        return {
          groups: groups.rows.map((row) => ({
            group: row.key[0] ?? '',
            models: modelsOf(row.key[0]),
            ...presentFigures(row),
          })),
          models: [],
          calls: [],
        };
      }
      const field = { name: 'group' } as const;
      const filter = narrowed(asked, { kind: 'equals', field, text: query.group, glob: false });
      const [models, calls] = await Promise.all([
        store.groups({ ...question, by: ['provider', 'model'], filter, order: 'cost', percentiles: true }),
        store.spans(filter, { limit: CALLS }),
      ]);
      return { groups: [], models: models.rows.map(presentModel), calls: calls.map(presentSpanRow) };
    },
  };
}

function presentModel(row: GroupRow) {
  const [provider = null, model = null] = row.key;
  return { provider, model, ...presentFigures(row), ...presentPercentiles(row) };
}

function narrowed(filter: SpanFilter, also: Filter): SpanFilter {
  return { ...filter, where: filter.where ? { kind: 'all', of: [also, filter.where] } : also };
}
