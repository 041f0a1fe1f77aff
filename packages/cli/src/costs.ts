import { TallyError } from '@tallyspan/facts';
import type { Costs } from '@tallyspan/server';
import { askServer } from './ask-server.ts';
import { renderCostTree } from './cost-tree.ts';
import { sinceTime } from './since.ts';

export interface CostsOptions {
  by: string;
  url: string;
  since?: string;
  until?: string;
  query?: string;
  json?: boolean;
}

/** Asks a running server and prints its cost pivot. Throws SERVER_UNREACHABLE, SERVER_REFUSED or BAD_OPTION. */
export async function costs({ by, url, since, until, query, json }: CostsOptions): Promise<void> {
  const answer = await askServer<Costs>({
    url,
    path: '/api/v1/costs',
    query: { by, q: query, from: sinceTime(since), to: sinceTime(until, '--until') },
  });
  if (!Array.isArray(answer.tree))
    throw new TallyError('SERVER_UNREACHABLE', { url, reason: 'Something else answers there.' });
  console.log(json ? JSON.stringify(answer, null, 2) : renderCostTree(answer));
}
