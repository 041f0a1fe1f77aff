import {
  type Attributes,
  limits,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
  type SpanStatus,
  type WireSpan,
} from '@tallyspan/facts';
import type { Room } from './room.ts';

/** A span as a reader found it: ids and times not yet looked at. */
export interface SpanDraft {
  /** Lower-case hex of any length. */
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: number;
  /** Undefined when what was sent is no integer. */
  start: bigint | undefined;
  end: bigint | undefined;
  status: number;
  statusMessage: string;
  attributes: Attributes;
  events: EventDraft[];
  links: SpanLink[];
  droppedAttributes: number;
  droppedEvents: number;
  droppedLinks: number;
}

export interface EventDraft {
  name: string;
  time: bigint | undefined;
  attributes: Attributes;
}

/** What the spans of one ResourceSpans and ScopeSpans share. `cut` counts what was left out of them; every span tells it. */
export interface Surroundings {
  resource: Attributes;
  scopeName: string;
  scopeVersion: string;
  cut: number;
}

/** Why one span alone is not stored. `detail` names the id, shows the time, or is the limit. */
export interface Refusal {
  refused: 'SPAN_ID_INVALID' | 'SPAN_TIME_INVALID' | 'SPAN_TOO_LARGE' | 'SPAN_TOO_OLD';
  detail: string;
}

export type ReadSpan = WireSpan | Refusal;

/**
 * A body being read, span by span. `undefined` stands between them wherever much may have been read without a span in it, so that
 * whoever drives the reading can give way to other work.
 */
export type SpanReading = Generator<ReadSpan | undefined, void, undefined>;

export function isRefusal(read: ReadSpan): read is Refusal {
  return 'refused' in read;
}

const kinds: readonly SpanKind[] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses: readonly SpanStatus[] = ['unset', 'ok', 'error'];

/** Nanoseconds from 1970 to 2262: what a signed 64-bit column holds. */
const TIME_END = 2n ** 63n;
/** `dropped_*_count` is a uint32; a sum of ours and theirs stays one. */
const COUNT_MAX = 0xffff_ffff;

export const tooLarge: Refusal = { refused: 'SPAN_TOO_LARGE', detail: limits.spanFieldsMax.toLocaleString('en') };

const refusedId = (detail: string): Refusal => ({ refused: 'SPAN_ID_INVALID', detail });
const BAD_TRACE_ID = refusedId('trace');
const BAD_SPAN_ID = refusedId('span');
const BAD_PARENT_ID = refusedId('parent');

/**
 * A span is stored when it can be found again: it needs its ids and a time. Everything else about it is cut to size and counted.
 *
 * - A parent id of zeros is none; some SDKs write their roots so.
 * - An end before the start (a clock that was set back, or a span that has not ended) becomes the start, and the attribute
 *   `tally.clock.skew_nanos` keeps the difference.
 * - An event without a possible time and a link without valid ids are left out and counted.
 */
export function admitSpan(draft: SpanDraft, around: Surroundings, room: Room): ReadSpan {
  const { traceId, spanId, parentSpanId, start, end, attributes } = draft;
  if (!isId(traceId, 32)) return BAD_TRACE_ID;
  if (!isId(spanId, 16)) return BAD_SPAN_ID;
  if (parentSpanId !== '' && !isHex(parentSpanId, 16)) return BAD_PARENT_ID;
  if (!isTime(start)) return { refused: 'SPAN_TIME_INVALID', detail: `start ${start ?? 'is no integer'}` };
  if (!isTime(end)) return { refused: 'SPAN_TIME_INVALID', detail: `end ${end ?? 'is no integer'}` };
  if (end < start) attributes['tally.clock.skew_nanos'] = numberIfExact(start - end);

  const events = draft.events.filter((event): event is SpanEvent => isTime(event.time));
  const links = draft.links.filter((link) => isId(link.traceId, 32) && isId(link.spanId, 16));
  return {
    traceId,
    spanId,
    parentSpanId: isId(parentSpanId, 16) ? parentSpanId : '',
    traceState: draft.traceState,
    name: draft.name,
    kind: kinds[draft.kind] ?? 'internal',
    start,
    end: end < start ? start : end,
    status: statuses[draft.status] ?? 'unset',
    statusMessage: draft.statusMessage,
    attributes,
    events,
    links,
    resource: around.resource,
    scopeName: around.scopeName,
    scopeVersion: around.scopeVersion,
    droppedAttributes: count(draft.droppedAttributes + around.cut + room.cut),
    droppedEvents: count(draft.droppedEvents + draft.events.length - events.length),
    droppedLinks: count(draft.droppedLinks + draft.links.length - links.length),
  };
}

export function emptyDraft(): SpanDraft {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    name: '',
    kind: 0,
    start: 0n,
    end: 0n,
    status: 0,
    statusMessage: '',
    attributes: {},
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}

function isTime(time: bigint | undefined): time is bigint {
  return time !== undefined && time >= 0n && time < TIME_END;
}

function isId(id: string, digits: number): boolean {
  return isHex(id, digits) && !/^0+$/.test(id);
}

function isHex(id: string, digits: number): boolean {
  return id.length === digits && /^[0-9a-f]+$/.test(id);
}

function numberIfExact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function count(value: number): number {
  return Math.min(value, COUNT_MAX);
}
