/** Leases as the server's API writes them: `POST /api/v1/budgets/leases`. */
import { nanosFromUsd, usdFromNanos } from '@tallyspan/facts';
import { fields, list, text } from '../read.ts';
import { type Amounts, type Lease, type Terms, units } from './lease.ts';

/** Whose call it is, as far as it is known before it is made. */
export interface CallScope {
  tenant?: string | undefined;
  agent?: string | undefined;
  role?: string | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  user?: string | undefined;
  run?: string | undefined;
}

export interface Answer {
  ttlMs: number;
  leases: { account: string; inScope: boolean; terms: Terms }[];
}

export function writeAsk(
  asker: string,
  traced: boolean,
  scope: CallScope,
  need: Amounts,
  leases: Iterable<Lease>,
): Buffer {
  const body = {
    asker,
    traced,
    scope,
    need: written(need),
    leases: [...leases].map(({ account, serial, terms, used, open }) => ({
      account,
      serial,
      quota: written(terms.quota),
      used: written(used),
      open: written(open),
    })),
  };
  return Buffer.from(JSON.stringify(body));
}

/** Undefined for what is no such answer. */
export function readAnswer(body: Buffer): Answer | undefined {
  try {
    const { ttlMs, leases } = fields(JSON.parse(body.toString()));
    if (typeof ttlMs !== 'number' || ttlMs <= 0 || !Array.isArray(leases)) return undefined;
    return { ttlMs, leases: list(leases).map(readLease) };
  } catch {
    return undefined;
  }
}

function readLease(value: unknown): Answer['leases'][number] {
  const { account, serial, inScope, name, window, limits, limit, spent, quota, retryAt } = fields(value);
  if (typeof account !== 'string' || typeof serial !== 'string') throw new TypeError('no lease');
  return {
    account,
    inScope: inScope === true,
    terms: {
      serial,
      quota: readAmounts(quota),
      limited: units.filter((unit) => fields(limits)[unit] === true),
      name: text(name),
      window: text(window) ?? '',
      limit: limit === null ? undefined : readAmounts(limit),
      spent: spent === null ? undefined : readAmounts(spent),
      retryAt: text(retryAt),
    },
  };
}

/** What is null is not limited, and stands as 0. */
function readAmounts(value: unknown): Amounts {
  const { usd, tokens, calls } = fields(value);
  return {
    usd: nanosFromUsd(text(usd) ?? '0'),
    tokens: BigInt((tokens as number | null) ?? 0),
    calls: BigInt((calls as number | null) ?? 0),
  };
}

function written({ usd, tokens, calls }: Amounts) {
  return { usd: usdFromNanos(usd), tokens: Number(tokens), calls: Number(calls) };
}
