import { TallyError } from '@tallyspan/facts';
import { routes } from '../api.ts';
import type { Tail } from '../tail.ts';
import { askedRange, given } from './asked.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Handlers } from './handlers.ts';
import { presentSummary, presentTrace } from './present.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';

export function traceHandlers(all: QueryStore, tail: Tail): Handlers<'listTraces' | 'getTrace' | 'tail'> {
  return {
    async listTraces({ query, access }) {
      const { from, to, tenant, agent, model, status, q, limit, cursor } = query;
      const before = cursor === undefined ? undefined : readCursor(cursor);
      if (cursor !== undefined && before === undefined) {
        throw new TallyError('BAD_QUERY', {
          field: 'cursor',
          reason: 'pass nextCursor of the previous page unchanged',
        });
      }
      const filter = { ...askedRange({ from, to, tenant, agent }), ...given({ model, status, text: q || undefined }) };
      // One more than asked for shows whether there is a next page.
      const found = await storeFor(all, access).traces(filter, { limit: limit + 1, ...given({ before }) });
      const traces = found.slice(0, limit);
      const last = traces.at(-1);
      return {
        traces: traces.map(presentSummary),
        nextCursor: found.length > limit && last ? writeCursor(last) : null,
      };
    },

    async getTrace({ params, access }) {
      const store = storeFor(all, access);
      const traceId = params.traceId.toLowerCase();
      const [summary, spans] = await Promise.all([store.traceSummary(traceId), store.trace(traceId)]);
      if (summary === undefined)
        throw new TallyError('NOT_FOUND', { thing: 'trace', id: traceId, list: routes.listTraces.path });
      return presentTrace(summary, spans);
    },

    tail({ request }) {
      const headers = { 'content-type': routes.tail.produces, 'cache-control': 'no-cache, no-transform' };
      return new Response(request.method === 'HEAD' ? null : tail.connect(), { headers });
    },
  };
}
