import { limits, NANOS_PER_MS, TallyError } from '@tallyspan/facts';
import { isRefusal, type Refusal } from './admit-span.ts';
import { type Format, skimTraces } from './read-traces.ts';
import { Refusals } from './refusals.ts';
import { countRecords, type Signal } from './signals.ts';

/** Spans in one step: some hundred microseconds. */
const STEP = 64;

export interface Counted {
  accepted: number;
  refused: number;
  /** Why, in words for the sender. Empty when nothing was refused. */
  message: string;
}

/**
 * Reads a whole body and keeps only the counts. Answers in steps, so that whoever drives it can give way to other work.
 * Spans that start before `notBefore` are refused. Throws BODY_UNREADABLE or SPANS_TOO_MANY.
 */
export function* countBody(
  body: Uint8Array,
  format: Format,
  signal: Signal,
  notBefore?: bigint,
): Generator<undefined, Counted, undefined> {
  if (signal !== 'traces') return { accepted: 0, refused: countRecords(body, format, signal), message: '' };
  const refusals = new Refusals();
  let accepted = 0;
  let read = 0;
  // A span may have a resource and a scope of its own.
  let gapsLeft = 2 * limits.spansPerRequestMax;
  for (const span of skimTraces(body, format)) {
    if (span === undefined) gapsLeft--;
    else if (isRefusal(span)) refusals.add(span);
    else if (notBefore !== undefined && span.start < notBefore) refusals.add(tooOld(notBefore));
    else accepted++;
    if (accepted + refusals.count > limits.spansPerRequestMax || gapsLeft < 0)
      throw new TallyError('SPANS_TOO_MANY', { limit: limits.spansPerRequestMax.toLocaleString('en') });
    if (++read % STEP === 0) yield;
  }
  const refused = refusals.count;
  return { accepted, refused, message: refused === 0 ? '' : refusals.message(accepted + refused) };
}

function tooOld(notBefore: bigint): Refusal {
  return { refused: 'SPAN_TOO_OLD', detail: new Date(Number(notBefore / NANOS_PER_MS)).toISOString() };
}
