import { TallyError } from '@tallyspan/facts';
import { filterFields, keyedFields, operatorsOf } from '@tallyspan/facts/query';
import { type Dimension, isDimension, tenantOf } from '@tallyspan/store';
import type { FilterField } from '../api.ts';
import { askedSpans, given } from './asked.ts';
import { readSpanCursor, writeSpanCursor } from './cursor.ts';
import type { Handlers } from './handlers.ts';
import { presentSpanRow } from './present.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';
import { isoFromNanos } from './time.ts';

/** Rows of each list of the guard. */
const GUARD_ROWS = 200;

export function spanHandlers(all: QueryStore): Handlers<'listSpans' | 'getFacets' | 'getGuard'> {
  return {
    async listSpans({ query, access }) {
      const { limit, cursor, traceId } = query;
      const before = cursor === undefined ? undefined : readSpanCursor(cursor);
      if (cursor !== undefined && before === undefined)
        throw new TallyError('BAD_QUERY', {
          field: 'cursor',
          reason: 'pass nextCursor of the previous page unchanged',
        });
      const filter = { ...askedSpans(query), ...given({ traceId: traceId?.toLowerCase() }) };
      const found = await storeFor(all, access).spans(filter, { limit: limit + 1, ...given({ before }) });
      const spans = found.slice(0, limit);
      const last = spans.at(-1);
      return {
        spans: spans.map(presentSpanRow),
        nextCursor: found.length > limit && last ? writeSpanCursor({ ...last, tenant: tenantOf(last) }) : null,
      };
    },

    async getFacets({ query, access }) {
      const { field, prefix, limit } = query;
      const store = storeFor(all, access);
      const filter = askedSpans(query);
      if (field === undefined) return { field: null, fields: fieldsFrom(prefix), values: [] };
      const keysOf = /^(attr|resource)\.?$/.exec(field)?.[1] as 'attr' | 'resource' | undefined;
      if (keysOf !== undefined)
        return { field, fields: [], values: await store.attributeKeys(keysOf, prefix, filter, limit) };
      if (!isDimension(field)) {
        if (fieldsFrom('').some(({ name }) => name === field)) return { field, fields: [], values: [] };
        throw new TallyError('BAD_QUERY', {
          field: 'field',
          reason: `${JSON.stringify(field)} is no field of a filter`,
        });
      }
      return { field, fields: [], values: await store.values(field, prefix, filter, limit) };
    },

    async getGuard({ query, access }) {
      const store = storeFor(all, access);
      const asked = askedSpans(query);
      const judged = { kind: 'has', field: { name: 'guard' } } as const;
      const where = asked.where ? { kind: 'all' as const, of: [judged, asked.where] } : judged;
      const filter = { ...asked, where };
      const by: Dimension[] = ['guard', 'tenant', 'agent'];
      const [outcomes, scanners, recent] = await Promise.all([
        store.groups({ by, of: 'spans', filter, order: 'spans', limit: GUARD_ROWS }),
        store.scanners(filter, GUARD_ROWS),
        store.spans(filter, { limit: GUARD_ROWS / 4 }),
      ]);
      return {
        outcomes: outcomes.rows.map(({ key: [outcome, tenant, agent], spans, last }) => ({
          outcome: outcome ?? '',
          tenant: tenant ?? null,
          agent: agent ?? null,
          count: spans,
          last: isoFromNanos(last),
        })),
        scanners: scanners.map((row) => ({ ...row, tenant: row.tenant ?? null, agent: row.agent ?? null })),
        recent: recent.map(presentSpanRow),
      };
    },
  };
}

/** Those whose name begins so. */
function fieldsFrom(prefix: string): FilterField[] {
  const fields = Object.entries(filterFields).map(([name, { type, of, description, example }]): FilterField => ({
    ...{ name, type, description, example, operators: [...operatorsOf(type)] },
    ofTraces: of !== 'span',
    ofSpans: of !== 'trace',
  }));
  const keyed = Object.entries(keyedFields).map(([name, { description, example }]): FilterField => ({
    ...{ name: `${name}.`, type: 'attribute', description, example, operators: [...operatorsOf('attribute')] },
    ofTraces: false,
    ofSpans: true,
  }));
  return [...fields, ...keyed].filter(({ name }) => name.startsWith(prefix.toLowerCase()));
}
