import type { Answered } from '@tallyspan/facts';
import type { Answering } from '../../adapter.ts';
import { fields, text } from '../../read.ts';

type Header = Answering['header'];

/** What the headers of each answer say. Source: Anthropic API reference, "Rate limits", "Response headers". */
export function headerFacts(header: Header): Answered {
  return {
    requestId: header('request-id'),
    rateLimitRequestsLeft: left(header('anthropic-ratelimit-requests-remaining')),
    // Of several limits on tokens, the one that is nearest.
    rateLimitTokensLeft: nearest(
      ['tokens', 'input-tokens', 'output-tokens'].map((kind) => left(header(`anthropic-ratelimit-${kind}-remaining`))),
    ),
  };
}

/** An `APIError` carries the headers of the response that refused. */
export function refusedFacts(error: unknown): Answered {
  const { headers, requestID } = fields(error);
  const { get } = fields(headers);
  const header: Header = (name) =>
    typeof get === 'function' ? text(Reflect.apply(get as (name: string) => unknown, headers, [name])) : undefined;
  return { ...headerFacts(header), requestId: text(requestID) ?? header('request-id') };
}

function nearest(all: readonly (number | undefined)[]): number | undefined {
  const known = all.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function left(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
