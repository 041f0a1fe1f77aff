import { TallyError } from '@tallyspan/facts';
import type { Costs, Problem } from '@tallyspan/server';
import { renderCostTree } from './cost-tree.ts';

export interface CostsOptions {
  by: string;
  url: string;
  json?: boolean;
}

/** Asks a running server and prints its cost pivot. Throws SERVER_UNREACHABLE, or BAD_OPTION with the server's own words. */
export async function costs({ by, url, json }: CostsOptions): Promise<void> {
  const answer = await fetchCosts(url, by);
  console.log(json ? JSON.stringify(answer, null, 2) : renderCostTree(answer));
}

async function fetchCosts(url: string, by: string): Promise<Costs> {
  if (!URL.canParse(url)) {
    throw new TallyError('BAD_OPTION', {
      option: '--url',
      value: JSON.stringify(url),
      why: 'It is no URL.',
      fix: 'Write it like http://127.0.0.1:4318.',
    });
  }
  const address = new URL('/api/v1/costs', url);
  address.searchParams.set('by', by);
  const unreachable = (reason: string, cause?: unknown) => new TallyError('SERVER_UNREACHABLE', { url, reason }, cause);
  const response = await fetch(address).catch((error: Error & { cause?: Error }) => {
    throw unreachable(error.cause?.message || error.message, error);
  });
  const body = (await response.json().catch(() => undefined)) as Costs | Problem | undefined;
  if (response.ok && body && 'tree' in body) return body;
  if (response.status === 400 && body && 'error' in body) {
    const fix = 'See tallyspan costs --help.';
    throw new TallyError('BAD_OPTION', { option: '--by', value: JSON.stringify(by), why: body.error.what, fix });
  }
  throw unreachable(`Something else answers there, with status ${response.status}.`);
}
