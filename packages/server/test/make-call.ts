import type { Attributes, WireSpan } from '@tallyspan/facts';
import { makeWireSpan } from './make-wire-span.ts';

let made = 0;

/** A model call with ids of its own, as an SDK sends it. */
export function makeCall(
  call: {
    agent?: string;
    role?: string;
    run?: string;
    model?: string;
    input?: number;
    output?: number;
    tenant?: string;
  } = {},
  part: Partial<WireSpan> = {},
): WireSpan {
  made++;
  const {
    agent = 'crew',
    role = 'writer',
    run,
    model = 'gpt-4o-2024-08-06',
    input = 1_000,
    output = 100,
    tenant,
  } = call;
  const attributes: Attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.response.model': model,
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.response.time_to_first_chunk': 0.25,
    'gen_ai.agent.name': agent,
    'tally.role': role,
  };
  if (run !== undefined) attributes['tally.run.id'] = run;
  if (tenant !== undefined) attributes['tally.tenant'] = tenant;
  return makeWireSpan({
    traceId: made.toString(16).padStart(32, 'c'),
    spanId: made.toString(16).padStart(16, 'd'),
    ...part,
    attributes: { ...attributes, ...part.attributes },
  });
}
