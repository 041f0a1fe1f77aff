import { TallyError } from '@tallyspan/facts';
import type { LinePlace } from '../auth/audit-file.ts';
import type { Authority } from '../auth/authority.ts';
import type { Handlers } from './handlers.ts';

export function auditHandlers({ audit }: Authority): Handlers<'listAudit'> {
  return {
    async listAudit({ query, access }) {
      const before = query.cursor === undefined ? undefined : readPlace(query.cursor);
      const isOwn = ({ tenant }: { tenant?: string }) => access.tenant === undefined || tenant === access.tenant;
      const { entries, next } = await audit.page(query.of, query.limit, isOwn, before);
      return {
        entries: entries.map(({ tenant = null, target = null, detail = null, count = 1, ...entry }) => ({
          ...entry,
          ...{ tenant, target, detail, count },
        })),
        nextCursor: next === undefined ? null : `${next.file}-${next.offset}`,
      };
    },
  };
}

function readPlace(cursor: string): LinePlace {
  const [, file, offset] = /^(\d{1,9})-(\d{1,12})$/.exec(cursor) ?? [];
  if (file === undefined)
    throw new TallyError('BAD_QUERY', { field: 'cursor', reason: 'pass nextCursor of the previous page unchanged' });
  return { file: Number(file), offset: Number(offset) };
}
