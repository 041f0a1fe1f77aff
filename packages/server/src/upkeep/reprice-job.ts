/**
 * Prices stored calls anew. A trial run only sums up what would change; otherwise each page of spans is written down as summed before
 * it is changed, so that a crash in between neither loses nor doubles a figure. What a provider itself has said stays.
 */
import { type Cost, isBillable, type Prices, priceSpan } from '@tallyspan/facts';
import {
  type Replacement,
  type SpanFilter,
  type SpanPage,
  type Store,
  type StoredSpan,
  tenantOf,
} from '@tallyspan/store';
import type { JobBody, Runner } from './jobs.ts';

export interface RepriceJobOptions {
  /** With everything that is replaced in it counted. */
  store: Pick<Store, 'spans'> & { replace(replacements: readonly Replacement[]): Promise<void> };
  prices: Prices;
}

/** Of one model. Money in nano-dollars, as text. */
export interface Repriced {
  provider: string | null;
  model: string | null;
  calls: number;
  changed: number;
  oldNanos: string;
  newNanos: string;
  /** Calls without a price, before and after. */
  oldUnpriced: number;
  newUnpriced: number;
}

interface Found {
  spans: number;
  changed: number;
  models: Repriced[];
  /** The last page that is in the sums begins after this span. */
  page?: { start: string; traceId: string; spanId: string; tenant: string } | null;
}

const PAGE = 500;

export function repriceRunner({ store, prices }: RepriceJobOptions): Runner {
  return async ({ body, save, pause }) => {
    const filter = filterOf(body.what);
    let found = (body.found as { sums?: Found }).sums ?? { spans: 0, changed: 0, models: [] };
    /** Whether this page is in the sums of an interrupted run already. */
    let isSummed = found.page !== undefined;
    let before = readPlace(found.page);
    for (;;) {
      const spans = await store.spans(filter, { limit: PAGE, ...(before && { before }) });
      if (spans.length === 0) break;
      // All of a page at which it was interrupted: it may have been changed, and the summaries of its traces not yet.
      const changes = spans.flatMap((span) => changeOf(span, prices, isSummed));
      if (!isSummed) {
        found = { ...sumUp(found, spans, changes), page: before ? placeText(before) : null };
        await save({ step: `${found.spans} spans looked at`, found: { sums: found } });
      }
      isSummed = false;
      if (body.what['dryRun'] === false && changes.length > 0) await store.replace(changes);
      if (spans.length < PAGE) break;
      before = placeOf(spans.at(-1)!);
      // Other work has its turn, and stopping its chance.
      await pause(0);
    }
    const { page: _, ...sums } = found;
    await save({ found: { sums } });
    return undefined;
  };
}

function filterOf(what: JobBody['what']): SpanFilter {
  const { from, to, tenant, model } = what as Record<string, string | undefined>;
  return {
    ...(from !== undefined && { from: BigInt(from) }),
    ...(to !== undefined && { to: BigInt(to) }),
    ...(tenant !== undefined && { tenant }),
    ...(model !== undefined && { model }),
  };
}

function changeOf(span: StoredSpan, prices: Prices, evenIfSame: boolean): Replacement[] {
  if (span.cost?.source === 'provider') return [];
  const cost = priceSpan(prices, span);
  if (!evenIfSame && isSame(span.cost, cost)) return [];
  const { cost: _, ...rest } = span;
  return [{ old: span, span: { ...rest, ...(cost && { cost }) }, was: span }];
}

function isSame(left: Cost | undefined, right: Cost | undefined): boolean {
  return (
    left?.nanos === right?.nanos &&
    left?.source === right?.source &&
    left?.version === right?.version &&
    left?.priceId === right?.priceId
  );
}

function sumUp(found: Found, spans: readonly StoredSpan[], changes: readonly Replacement[]): Found {
  const models = new Map(found.models.map((row) => [keyOf(row), { ...row }]));
  const after = new Map(changes.map(({ span, was }) => [was, span]));
  for (const span of spans) {
    if (!isBillable(span.facts)) continue;
    const { provider = null, responseModel, requestModel } = span.facts;
    const row: Repriced = {
      ...{ provider, model: responseModel ?? requestModel ?? null, calls: 0, changed: 0 },
      ...{ oldNanos: '0', newNanos: '0', oldUnpriced: 0, newUnpriced: 0 },
    };
    const known = models.get(keyOf(row)) ?? row;
    models.set(keyOf(row), known);
    const now = after.get(span) ?? span;
    known.calls += 1;
    known.changed += now === span ? 0 : 1;
    known.oldNanos = String(BigInt(known.oldNanos) + (span.cost?.nanos ?? 0n));
    known.newNanos = String(BigInt(known.newNanos) + (now.cost?.nanos ?? 0n));
    known.oldUnpriced += span.cost?.source === 'unpriced' ? 1 : 0;
    known.newUnpriced += now.cost?.source === 'unpriced' ? 1 : 0;
  }
  return { spans: found.spans + spans.length, changed: found.changed + changes.length, models: [...models.values()] };
}

function keyOf({ provider, model }: Pick<Repriced, 'provider' | 'model'>): string {
  return JSON.stringify([provider, model]);
}

type Place = NonNullable<SpanPage['before']>;

function placeOf(span: StoredSpan): Place {
  const { start, traceId, spanId } = span;
  return { start, traceId, spanId, tenant: tenantOf(span) };
}

function placeText(place: Place): NonNullable<Found['page']> {
  return { ...place, start: String(place.start) };
}

function readPlace(page: Found['page']): Place | undefined {
  return page ? { ...page, start: BigInt(page.start) } : undefined;
}
