/** The columns of a trace. Most spans of a trace are alike but for their times, so what they share is said once. */
import type { Outline, OutlinePattern, TraceSummary } from '@tallyspan/store';
import type { Skeleton, SpanPattern } from '../api.ts';
import { presentSummary } from './present.ts';

const ID_CHARS = 16;

/** `outline` is from the start of the trace. Ids are unique but where two tenants share a trace; the first one is the parent then. */
export function skeletonOf(summary: TraceSummary, outline: Outline): Skeleton {
  const { spanIds, starts, durations, calls } = outline;
  const count = starts.length;
  const { parents, missingParents } = parentsOf(outline, count);
  return {
    summary: presentSummary(summary),
    names: outline.names.map(({ name }) => name),
    patterns: outline.patterns.map(({ pattern }) => presentPattern(pattern)),
    spans: {
      ids: Buffer.from(spanIds, 'hex').toString('base64'),
      parents,
      names: placed(outline.names, count),
      patterns: placed(outline.patterns, count),
      starts: differences(starts),
      durations,
    },
    missingParents,
    calls: {
      at: differences(calls.places),
      firstChunks: calls.firstChunks,
      inputTokens: calls.inputTokens,
      outputTokens: calls.outputTokens,
      cacheReadTokens: calls.cacheReadTokens,
      cacheWriteTokens: calls.cacheWriteTokens,
      reasoningTokens: calls.reasoningTokens,
      costNanos: calls.costNanos.map((nanos) => (nanos > Number.MAX_SAFE_INTEGER ? nanos.toString() : Number(nanos))),
    },
  };
}

function parentsOf({ spanIds, parentIds }: Outline, count: number) {
  const idAt = (ids: string, place: number) => ids.slice(place * ID_CHARS, (place + 1) * ID_CHARS);
  const places = new Map<string, number>();
  for (let place = count - 1; place >= 0; place--) places.set(idAt(spanIds, place), place);
  const parents: number[] = [];
  const missingParents: Record<string, string> = {};
  for (let place = 0; place < count; place++) {
    const parentId = idAt(parentIds, place);
    const parent = places.get(parentId);
    parents.push(parent === undefined ? 0 : place - parent);
    if (parent === place || (parent === undefined && parentId.trim() !== '')) missingParents[place] = parentId;
  }
  return { parents, missingParents };
}

/** For each place the number of its group. */
function placed(groups: readonly { places: readonly number[] }[], count: number): number[] {
  const numbers = Array.from({ length: count }, () => 0);
  for (const [number, { places }] of groups.entries()) for (const place of places) numbers[place] = number;
  return numbers;
}

function differences(values: readonly number[]): number[] {
  return values.map((value, i) => value - (i === 0 ? 0 : values[i - 1]!));
}

function presentPattern(pattern: OutlinePattern): SpanPattern {
  const { responseModel, statusMessage, costSource, priceVersion, priceId, ...rest } = pattern;
  return {
    ...rest,
    statusMessage: statusMessage || null,
    model: responseModel ?? rest.requestModel,
    cost: rest.billable && costSource ? { source: costSource, version: priceVersion, priceId } : null,
  };
}
