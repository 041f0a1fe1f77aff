import type { Asked } from '@tallyspan/facts';
import { count, fields, number, text } from '../../read.ts';

type Body = Readonly<Record<string, unknown>>;

/** Azure's client may name the deployment once for all calls. */
export function requestModel(body: Body, client: object): string | undefined {
  return text(body.model) ?? text(fields(client).deploymentName);
}

/** The conventions want the tier only when it is not the default. */
export function serviceTier({ service_tier }: Body): string | undefined {
  return service_tier === 'auto' ? undefined : text(service_tier);
}

/** What chat and the legacy completions are asked alike. */
export function asked(body: Body, client: object): Asked {
  const choices = count(body.n);
  return {
    requestModel: requestModel(body, client),
    stream: body.stream === true ? true : undefined,
    maxTokens: count(body.max_completion_tokens) ?? count(body.max_tokens),
    temperature: number(body.temperature),
    topP: number(body.top_p),
    frequencyPenalty: number(body.frequency_penalty),
    presencePenalty: number(body.presence_penalty),
    seed: number(body.seed),
    // The conventions want the count only when it is not one.
    choiceCount: choices === 1 ? undefined : choices,
    stopSequences: stopSequences(body.stop),
  };
}

function stopSequences(stop: unknown): string[] | undefined {
  if (typeof stop === 'string') return [stop];
  return Array.isArray(stop) && stop.every((item) => typeof item === 'string') ? stop : undefined;
}

export function responseFormat(format: unknown): string | undefined {
  const type = text(fields(format).type);
  return type === 'json_object' || type === 'json_schema' ? 'json' : type === 'text' ? 'text' : undefined;
}
