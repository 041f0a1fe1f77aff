import { askedDimensions, askedSpans, given } from './asked.ts';
import { costTree } from './cost-tree.ts';
import type { Handlers } from './handlers.ts';
import { presentKey } from './present-groups.ts';
import { presentTotals } from './present.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';

export function costHandlers(all: QueryStore): Handlers<'getCosts'> {
  return {
    async getCosts({ query, access }) {
      const by = askedDimensions(query.by);
      const filter = { ...askedSpans(query), ...given({ traceId: query.traceId?.toLowerCase() }) };
      const { rows: stored, total, truncated } = await storeFor(all, access).costs(by, filter);
      const rows = stored.map((row) => ({ ...row, key: presentKey(by, row.key) }));
      return {
        by,
        total: presentTotals(total),
        rows: rows.map((row) => ({ key: row.key, ...presentTotals(row) })),
        tree: costTree(by, rows),
        truncated,
      };
    },
  };
}
