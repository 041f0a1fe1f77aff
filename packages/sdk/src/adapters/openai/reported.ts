import { type Answered, nanosFromUsd } from '@tallyspan/facts';
import type { Answering } from '../../adapter.ts';
import { count, fields, number } from '../../read.ts';
import { gatewayOf, providerAt, providerInModel } from './hosts.ts';

/**
 * What every answer tells beside its own shape: the ids and limits in its headers, what a gateway did in between, and what the
 * provider says it cost.
 */
export function reported(answering: Answering, usage?: unknown): Answered {
  const lite = liteLlm(answering);
  const gateway = lite?.gateway ?? gatewayOf(answering.asked.provider);
  const costNanoUsd = costInHeader(answering, lite) ?? costInUsage(usage, answering.asked.provider, gateway);
  return {
    ...limitsIn(answering),
    ...lite,
    gateway,
    ...(costNanoUsd === undefined ? {} : { costNanoUsd, costSource: 'provider' as const }),
  };
}

/** The same of an error: its headers hang on it. */
export function refused(error: unknown, answering: Answering): Answered {
  const { headers } = fields(error);
  const { get } = fields(headers) as { get?: unknown };
  if (typeof get !== 'function') return {};
  const header = (name: string) => (Reflect.apply(get, headers, [name]) as string | null) ?? undefined;
  const seen = { ...answering, header };
  return { ...limitsIn(seen), ...liteLlm(seen) };
}

/** Azure's gateway has a name of its own for the request id, Together for what is left. */
const requestIds = ['x-request-id', 'apim-request-id'];
const requestsLeft = ['x-ratelimit-remaining-requests', 'x-ratelimit-remaining'];
const tokensLeft = ['x-ratelimit-remaining-tokens', 'x-tokenlimit-remaining'];

function limitsIn({ header }: Answering): Answered {
  return {
    requestId: first(header, requestIds),
    rateLimitRequestsLeft: whole(first(header, requestsLeft)),
    rateLimitTokensLeft: whole(first(header, tokensLeft)),
  };
}

/** Source: LiteLLM documentation, "Response Headers". Any of these two is on every answer of its proxy. */
function liteLlm({ header, asked }: Answering): Answered | undefined {
  const callId = header('x-litellm-call-id');
  const modelId = header('x-litellm-model-id');
  if (callId === undefined && modelId === undefined) return undefined;
  const apiBase = header('x-litellm-model-api-base');
  return {
    gateway: 'litellm',
    gatewayCallId: callId,
    gatewayModelId: modelId,
    gatewayModelGroup: header('x-litellm-model-group'),
    gatewayApiBase: apiBase === undefined ? undefined : withoutSecrets(apiBase),
    retryCount: whole(header('x-litellm-attempted-retries')),
    fallbackCount: whole(header('x-litellm-attempted-fallbacks')),
    // The address it called rules over the name it was called by.
    provider:
      (apiBase === undefined ? undefined : providerAt(apiBase)) ??
      providerInModel(header('x-litellm-model-name')) ??
      providerInModel(asked.requestModel),
  };
}

/** Some addresses carry a key in their query or user part. */
function withoutSecrets(url: string): string | undefined {
  try {
    const { origin, pathname } = new URL(url);
    return `${origin}${pathname === '/' ? '' : pathname}`;
  } catch {
    return undefined;
  }
}

/** LiteLLM says 0 for a model it has no price for, and on streams, whose cost it does not know yet; it means 0 for a cached answer. */
function costInHeader({ header }: Answering, lite: Answered | undefined): bigint | undefined {
  if (!lite) return undefined;
  const cost = dollars(Number(header('x-litellm-response-cost') || Number.NaN));
  return cost === 0n && header('x-litellm-cache-key') === undefined ? undefined : cost;
}

type Cost = (usage: Readonly<Record<string, unknown>>) => bigint | undefined;

/** What some report beside the tokens. They know discounts, tools and tiers that no price table has. */
const costs: Record<string, Cost> = {
  // Ten billion ticks are a dollar. Source: xAI documentation, "Cost Tracking".
  x_ai: ({ cost_in_usd_ticks }) => {
    const ticks = count(cost_in_usd_ticks);
    return ticks === undefined ? undefined : (BigInt(ticks) + 5n) / 10n;
  },
  // Dollars. With a key of one's own the model's price is not in it. Source: OpenRouter documentation, "Usage Accounting".
  openrouter: ({ cost, is_byok, cost_details }) => {
    const fee = dollars(number(cost));
    const upstream = dollars(number(fields(cost_details).upstream_inference_cost));
    return fee !== undefined && is_byok === true ? fee + (upstream ?? 0n) : fee;
  },
  // Dollars. Source: Perplexity API reference, "Chat Completions", `usage.cost`.
  perplexity: ({ cost }) => dollars(number(fields(cost).total_cost)),
  // Dollars, on streams where the proxy was told to (`include_cost_in_streaming_usage`).
  litellm: ({ cost }) => dollars(number(cost)),
};

function costInUsage(usage: unknown, provider: string | undefined, gateway: string | undefined): bigint | undefined {
  for (const who of [gateway, provider])
    if (who !== undefined && Object.hasOwn(costs, who)) {
      const cost = costs[who]!(fields(usage));
      if (cost !== undefined) return cost;
    }
  return undefined;
}

/** What is negative, or no number, was not reported. */
function dollars(usd: number | undefined): bigint | undefined {
  if (usd === undefined || !(usd >= 0 && usd < 1e9)) return undefined;
  return nanosFromUsd(usd);
}

function first(header: Answering['header'], names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = header(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function whole(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
