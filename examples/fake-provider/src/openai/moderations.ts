import type { Moderation, ModerationCreateResponse } from 'openai/resources/moderations';
import { modelOf } from '../models.ts';
import type { WireCall } from '../wire/call.ts';
import type { Outgoing } from '../wire/outgoing.ts';
import { openaiHeaders } from './headers.ts';

/** POST /v1/moderations: a text that speaks of killing is flagged as violence, nothing else is. Source: OpenAI API reference, "Moderations". */
export function moderations({ request, reply, makeId }: WireCall): Outgoing {
  const { input } = request.body;
  const inputs =
    Array.isArray(input) && input.every((item) => typeof item === 'string') ? input : [JSON.stringify(input)];
  const body: ModerationCreateResponse = {
    id: reply.id ?? makeId('modr-', 29),
    model: reply.answersAs ?? modelOf(request.model ?? 'omni-moderation-latest').answersAs,
    results: inputs.map((text) => judge(/\bkill/i.test(text))),
  };
  return { status: 200, headers: openaiHeaders(makeId, reply), body };
}

const names = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const;

function judge(isViolent: boolean): Moderation {
  const each = <Value>(value: (name: (typeof names)[number]) => Value) =>
    Object.fromEntries(names.map((name) => [name, value(name)])) as Record<(typeof names)[number], Value>;
  return {
    flagged: isViolent,
    categories: each((name) => isViolent && name === 'violence'),
    category_scores: each((name) => (isViolent && name === 'violence' ? 0.97 : 0.0001)),
    category_applied_input_types: each(() => ['text']) as unknown as Moderation.CategoryAppliedInputTypes,
  };
}
