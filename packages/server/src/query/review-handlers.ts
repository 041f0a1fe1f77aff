import { limits, NANOS_PER_MS, TallyError } from '@tallyspan/facts';
import type { Filter } from '@tallyspan/facts/query';
import { type SpanFilter, type SpanPage, type StoredSpan, tenantOf } from '@tallyspan/store';
import { type GuardReview, routes } from '../api.ts';
import type { Access } from '../auth/access.ts';
import type { Column } from '../export/columns.ts';
import { exportStream, mediaTypes } from '../export/export-stream.ts';
import { type Review, type Reviews, reviewKey, scannersOf } from '../guard/reviews.ts';
import { streamResponse } from '../stream-response.ts';
import { askedRange, askedSpans, given } from './asked.ts';
import { readSpanCursor, writeSpanCursor } from './cursor.ts';
import type { Handlers } from './handlers.ts';
import { presentSpanRow } from './present.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';
import { isoFromNanos } from './time.ts';

type Names = 'listGuardReviews' | 'exportGuardReviews' | 'putGuardReview' | 'deleteGuardReview';

/** Spans that one request looks through at most for those of the asked state. */
const LOOKED_AT_MAX = 2_000;
const PER_PAGE = 200;
/** Counts by scanner, outcome, tenant and agent. */
const COUNTS_MAX = 10_000;
/** Reviews that are held against a filter, as many at a time. */
const FILTERED_MAX = 2_000;

const guardIs = (text: string): Filter => ({ kind: 'equals', field: { name: 'guard' }, text, glob: false });
/** A text that was not scanned was not judged. */
const judged: Filter = { kind: 'any', of: [guardIs('blocked'), guardIs('redacted'), guardIs('annotated')] };

export function reviewHandlers(all: QueryStore, reviews: Reviews): Handlers<Names> {
  /** The span that the guard said something about. Throws NOT_FOUND, and BAD_QUERY when it could be of two tenants. */
  const judgedSpan = async (
    { traceId, spanId }: { traceId: string; spanId: string },
    tenant: string | undefined,
    access: Access,
  ): Promise<StoredSpan> => {
    const ids = { traceId: traceId.toLowerCase(), spanId: spanId.toLowerCase() };
    const filter = { ...ids, where: judged, ...given({ tenant }) };
    const [span, other] = await storeFor(all, access).spans(filter, { limit: 2 });
    if (span === undefined)
      throw new TallyError('NOT_FOUND', {
        ...{ thing: 'verdict on span', id: ids.spanId, list: routes.listGuardReviews.path },
      });
    if (other !== undefined)
      throw new TallyError('BAD_QUERY', {
        field: 'tenant',
        reason: 'two tenants have a span with these ids: say whose',
      });
    return span;
  };

  /** Reviews within a filter. What was typed can only be asked of spans that are still stored. */
  const within = async (asked: SpanFilter, access: Access): Promise<{ found: Review[]; truncated: boolean }> => {
    const tenant = access.tenant ?? asked.tenant;
    if (access.tenant !== undefined && asked.tenant !== undefined && asked.tenant !== access.tenant)
      return { found: [], truncated: false };
    const { agent, from, to, where } = asked;
    const found = await reviews.list({ tenant, agent, from, to });
    if (where === undefined) return { found, truncated: false };
    const store = storeFor(all, access);
    const fitting: Review[] = [];
    for (let first = 0; first < Math.min(found.length, FILTERED_MAX); first += PER_PAGE) {
      const part = found.slice(first, first + PER_PAGE);
      const ids: Filter = {
        kind: 'any',
        of: part.map(({ spanId }) => ({ kind: 'equals', field: { name: 'span' }, text: spanId, glob: false })),
      };
      const times = part.map(({ startMs }) => BigInt(startMs) * NANOS_PER_MS);
      const filter = { ...asked, from: times.at(-1)!, to: times[0]! + NANOS_PER_MS };
      const stored = await store.spans(
        { ...filter, where: { kind: 'all', of: [ids, judged, where] } },
        { limit: limits.spansPageMax },
      );
      const fits = new Set(stored.map(reviewKey));
      fitting.push(...part.filter(({ traceId, spanId, tenant: whose }) => fits.has(`${traceId}.${spanId}.${whose}`)));
    }
    return { found: fitting, truncated: found.length > FILTERED_MAX };
  };

  return {
    async listGuardReviews({ query, access }) {
      const { state, limit, cursor } = query;
      let before = cursor === undefined ? undefined : readSpanCursor(cursor);
      if (cursor !== undefined && before === undefined)
        throw new TallyError('BAD_QUERY', {
          field: 'cursor',
          reason: 'pass nextCursor of the previous page unchanged',
        });
      const asked = askedSpans(query);
      const where: Filter = asked.where ? { kind: 'all', of: [judged, asked.where] } : judged;
      const filter = { ...asked, where };
      const store = storeFor(all, access);
      const verdicts: { span: StoredSpan; review: Review | undefined }[] = [];
      let isEnd = false;
      for (let looked = 0; looked < LOOKED_AT_MAX && !isEnd && verdicts.length < limit;) {
        const page = await store.spans(filter, { limit: PER_PAGE, ...given({ before }) });
        const known = await reviews.of(page);
        isEnd = page.length < PER_PAGE;
        looked += page.length;
        for (const span of page) {
          if (verdicts.length === limit) {
            isEnd = false;
            break;
          }
          before = placeOf(span);
          const review = known.get(reviewKey(span));
          if (state === 'all' || (review?.verdict ?? 'unreviewed') === state) verdicts.push({ span, review });
        }
      }
      const [counts, { found: reviewed, truncated }] = await Promise.all([
        store.scanners(filter, COUNTS_MAX),
        within(asked, access),
      ]);
      return {
        verdicts: verdicts.map(({ span, review }) => ({
          span: presentSpanRow(span),
          scanners: scannersOf(span),
          review: review ? presentReview(review) : null,
        })),
        nextCursor: isEnd || before === undefined ? null : writeSpanCursor(before),
        rules: rulesOf(counts, reviewed),
        rulesTruncated: truncated || counts.length === COUNTS_MAX,
        mayReview: access.scopes.has('admin'),
      };
    },

    async exportGuardReviews({ query, access, request }) {
      const { found } = await within(askedRange(query), access);
      const headers = {
        'content-type': mediaTypes[query.format],
        'content-disposition': `attachment; filename="tallyspan-guard-reviews.${query.format}"`,
        'cache-control': 'no-store',
        'x-tallyspan-rows': String(found.length),
      };
      if (request.method === 'HEAD') return new Response(null, { headers });
      return streamResponse(exportStream(query.format, reviewColumns, once(found)), headers);
    },

    async putGuardReview({ params, body, access }) {
      const span = await judgedSpan(params, body.tenant, access);
      return presentReview(await reviews.put(span, body.verdict, access.who));
    },

    async deleteGuardReview({ params, query, access }) {
      const span = await judgedSpan(params, query.tenant, access);
      if (!(await reviews.delete(span)))
        throw new TallyError('NOT_FOUND', {
          ...{ thing: 'review of span', id: span.spanId, list: routes.listGuardReviews.path },
        });
    },
  };
}

/** The most often wrong first, then those that found most. */
function rulesOf(counts: readonly { scanner: string; outcome: string; count: number }[], reviewed: readonly Review[]) {
  const rules = new Map<string, { found: number; right: number; falsePositives: number }>();
  const ruleOf = (scanner: string) => {
    let rule = rules.get(scanner);
    if (rule === undefined) rules.set(scanner, (rule = { found: 0, right: 0, falsePositives: 0 }));
    return rule;
  };
  for (const { scanner, count } of counts) ruleOf(scanner).found += count;
  for (const { scanners, verdict } of reviewed)
    for (const scanner of scanners) ruleOf(scanner)[verdict === 'right' ? 'right' : 'falsePositives']++;
  return [...rules]
    .map(([scanner, rule]) => {
      const looked = rule.right + rule.falsePositives;
      return { scanner, ...rule, falsePositiveRate: looked === 0 ? null : rule.falsePositives / looked };
    })
    .sort(
      (one, other) =>
        (other.falsePositiveRate ?? -1) - (one.falsePositiveRate ?? -1) ||
        other.found - one.found ||
        (one.scanner < other.scanner ? -1 : 1),
    );
}

function presentReview({ verdict, who, atMs }: Review): GuardReview {
  return { verdict, who, at: isoFromNanos(BigInt(atMs) * NANOS_PER_MS) };
}

function placeOf(span: StoredSpan): NonNullable<SpanPage['before']> {
  const { start, traceId, spanId } = span;
  return { start, traceId, spanId, tenant: tenantOf(span) };
}

const reviewColumns: readonly Column<Review>[] = [
  { name: 'trace_id', type: 'text', of: ({ traceId }) => traceId },
  { name: 'span_id', type: 'text', of: ({ spanId }) => spanId },
  { name: 'start', type: 'time', of: ({ startMs }) => BigInt(startMs) * NANOS_PER_MS },
  { name: 'tenant', type: 'text', of: ({ tenantGiven }) => tenantGiven },
  { name: 'agent', type: 'text', of: ({ agent }) => agent },
  { name: 'outcome', type: 'text', of: ({ outcome }) => outcome },
  { name: 'scanners', type: 'text', of: ({ scanners }) => scanners.join(' ') },
  { name: 'verdict', type: 'text', of: ({ verdict }) => verdict },
  { name: 'reviewed_by', type: 'text', of: ({ who }) => who },
  { name: 'reviewed_at', type: 'time', of: ({ atMs }) => BigInt(atMs) * NANOS_PER_MS },
];

async function* once<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}
