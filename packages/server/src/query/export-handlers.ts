import { limits } from '@tallyspan/facts';
import { type CostRow, type SpanFilter, type StoredSpan, tenantOf } from '@tallyspan/store';
import { type Column, contentColumns, costColumns, spanColumns } from '../export/columns.ts';
import { exportStream, type Format, mediaTypes } from '../export/export-stream.ts';
import { streamResponse } from '../stream-response.ts';
import { askedDimensions, askedSpans, given } from './asked.ts';
import type { Handlers } from './handlers.ts';
import { presentKey } from './present-groups.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';

/** Spans that are in memory at once; of those with content fewer, as some carry whole conversations. */
const spansPerPage = { plain: limits.spansPageMax, content: 100 };

export function exportHandlers(all: QueryStore): Handlers<'exportData'> {
  return {
    async exportData({ query, access, request }) {
      const { format, what, limit, traceId } = query;
      const store = storeFor(all, access);
      const filter = { ...askedSpans(query), ...given({ traceId: traceId?.toLowerCase() }) };
      const isHead = request.method === 'HEAD';
      if (what === 'costs') {
        const by = askedDimensions(query.by);
        const { rows, truncated } = await store.costs(by, filter);
        const shown = rows.slice(0, limit).map((row) => ({ ...row, key: presentKey(by, row.key) }));
        const isCut = truncated || rows.length > limit;
        return answer<CostRow>(isHead, {
          format,
          what,
          columns: costColumns(by),
          pages: once(shown),
          rows: shown.length,
          isCut,
        });
      }
      const [count] = (await store.groups({ by: [], of: 'spans', filter, order: 'spans', limit: 1 })).rows;
      const isFull = query.content === 'true';
      const rows = Math.min(count?.spans ?? 0, limit);
      return answer<StoredSpan>(isHead, {
        ...{ format, what, rows, isCut: (count?.spans ?? 0) > limit },
        columns: isFull ? [...spanColumns, ...contentColumns] : spanColumns,
        pages: pagesOf(store, filter, rows, isFull ? spansPerPage.content : spansPerPage.plain),
      });
    },
  };
}

interface Export<Row> {
  format: Format;
  what: string;
  columns: readonly Column<Row>[];
  pages: AsyncIterable<readonly Row[]>;
  rows: number;
  isCut: boolean;
}

function answer<Row>(isHead: boolean, { format, what, columns, pages, rows, isCut }: Export<Row>): Response {
  const headers = {
    'content-type': mediaTypes[format],
    'content-disposition': `attachment; filename="tallyspan-${what}.${format}"`,
    'cache-control': 'no-store',
    'x-tallyspan-rows': String(rows),
    'x-tallyspan-truncated': String(isCut),
  };
  return isHead ? new Response(null, { headers }) : streamResponse(exportStream(format, columns, pages), headers);
}

/** As many as were counted: what arrives meanwhile is newer and not part of it. */
async function* pagesOf(
  store: QueryStore,
  filter: SpanFilter,
  rows: number,
  perPage: number,
): AsyncGenerator<readonly StoredSpan[]> {
  let left = rows;
  let before: (StoredSpan & { tenant: string }) | undefined;
  while (left > 0) {
    const page = await store.spans(filter, { limit: Math.min(left, perPage), ...given({ before }) });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    before = { ...last, tenant: tenantOf(last) };
    left -= page.length;
  }
}

async function* once<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}
