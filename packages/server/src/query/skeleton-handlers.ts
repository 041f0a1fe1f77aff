import { TallyError } from '@tallyspan/facts';
import type { TraceSummary } from '@tallyspan/store';
import { routes } from '../api.ts';
import type { Handlers } from './handlers.ts';
import { presentTrace } from './present.ts';
import { skeletonOf } from './skeleton.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';

export function skeletonHandlers(all: QueryStore): Handlers<'getSkeleton' | 'getSpan'> {
  return {
    async getSkeleton({ params, access }) {
      const store = storeFor(all, access);
      const summary = await knownTrace(store, params.traceId);
      return skeletonOf(summary, await store.outline(timesOf(summary)));
    },

    async getSpan({ params, access }) {
      const store = storeFor(all, access);
      const summary = await knownTrace(store, params.traceId);
      const spanId = params.spanId.toLowerCase();
      const found = await store.spans({ ...timesOf(summary), spanId }, { limit: 1 });
      const [span] = presentTrace(summary, found).spans;
      if (!span) {
        const list = routes.getSkeleton.path.replace('{traceId}', summary.traceId);
        throw new TallyError('NOT_FOUND', { thing: 'span', id: spanId, list });
      }
      return span;
    },
  };
}

async function knownTrace(store: QueryStore, traceId: string): Promise<TraceSummary> {
  const id = traceId.toLowerCase();
  const summary = await store.traceSummary(id);
  if (summary === undefined) throw new TallyError('NOT_FOUND', { thing: 'trace', id, list: routes.listTraces.path });
  return summary;
}

/** A store finds spans by their time first. */
function timesOf({ traceId, start, end }: TraceSummary) {
  return { traceId, from: start, to: end + 1n };
}
