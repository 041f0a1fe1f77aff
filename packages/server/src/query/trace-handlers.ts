import { limits, TallyError } from '@tallyspan/facts';
import type { TraceFilter, TraceSummary } from '@tallyspan/store';
import { routes, type Skeleton } from '../api.ts';
import type { Choose, Tail } from '../tail.ts';
import { askedFilter, given } from './asked.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Handlers } from './handlers.ts';
import { presentSummary, presentTrace } from './present.ts';
import { skeletonOf } from './skeleton.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';

export function traceHandlers(all: QueryStore, tail: Tail): Handlers<'listTraces' | 'getTrace' | 'tail'> {
  return {
    async listTraces({ query, access }) {
      const { model, status, limit, cursor } = query;
      const before = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && before === undefined) {
        throw new TallyError('BAD_QUERY', {
          field: 'cursor',
          reason: 'pass nextCursor of the previous page unchanged',
        });
      }
      const filter = { ...askedFilter(query), ...given({ model, status }) };
      // One more than asked for shows whether there is a next page.
      const found = await storeFor(all, access).traces(filter, { limit: limit + 1, ...given({ before }) });
      const traces = found.slice(0, limit);
      const last = traces.at(-1);
      return {
        traces: traces.map(presentSummary),
        nextCursor: found.length > limit && last ? writeCursor(last) : null,
      };
    },

    async getTrace({ params, query, access }) {
      const store = storeFor(all, access);
      const traceId = params.traceId.toLowerCase();
      const summary = await store.traceSummary(traceId);
      if (summary === undefined)
        throw new TallyError('NOT_FOUND', { thing: 'trace', id: traceId, list: routes.listTraces.path });
      const tooMany = query.spansMax !== undefined && summary.spans > query.spansMax;
      if (!tooMany) return presentTrace(summary, await store.trace(traceId));
      const beginning = query.beginning === undefined ? undefined : await beginningOf(store, summary, query.beginning);
      return { ...presentTrace(summary, []), ...given({ beginning }) };
    },

    tail({ request, query, access }) {
      const headers = { 'content-type': routes.tail.produces, 'cache-control': 'no-cache, no-transform' };
      const filter = askedFilter(query);
      const isFiltered = Object.keys(filter).length > 0;
      const choose = isFiltered ? chooser(storeFor(all, access), filter) : undefined;
      return new Response(request.method === 'HEAD' ? null : tail.connect(access, choose), { headers });
    },
  };
}

/** Spans begin at all times of a trace, more or less, so that its first hundredth has about a hundredth of them. */
async function beginningOf(store: QueryStore, summary: TraceSummary, spans: number): Promise<Skeleton> {
  const { traceId, start, end } = summary;
  const to = start + ((end - start) * BigInt(spans)) / BigInt(summary.spans) + 1n;
  return skeletonOf(summary, await store.outline({ traceId, from: start, to }));
}

/** Asks about some traces a page at a time. */
function chooser(store: QueryStore, filter: TraceFilter): Choose {
  return async (traceIds) => {
    const chosen: string[] = [];
    for (let start = 0; start < traceIds.length; start += limits.tracesPageMax) {
      const page = traceIds.slice(start, start + limits.tracesPageMax);
      const found = await store.traces({ ...filter, traceIds: page }, { limit: page.length });
      chosen.push(...found.map(({ traceId }) => traceId));
    }
    return chosen;
  };
}
