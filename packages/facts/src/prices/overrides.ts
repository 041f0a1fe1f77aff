/**
 * What we know about prices beside the generated tables. Written by hand; every row names its source.
 * A change here is a change of prices: raise {@link overridesVersion}.
 */
import type { ConditionalRatesJson, Factor } from './rates.ts';

/** Recorded in the version of every cost that a row of {@link overrides} or {@link serviceTiers} took part in. */
export const overridesVersion = '2026-11-21';

/**
 * Provider names as spans carry them (lower case) → the provider whose price table applies. `null`: nobody bills by the token
 * (a model on the user's own machine), or nobody knows who does. Names that are absent are looked up in the tables themselves.
 */
export const providerAliases: Record<string, string | null> = {
  'azure.ai.openai': 'azure',
  'azure.ai.inference': 'azure',
  'gcp.gemini': 'google',
  'gcp.vertex_ai': 'google',
  'gcp.gen_ai': 'google',
  'aws.bedrock': 'aws',
  x_ai: 'x-ai',
  mistral_ai: 'mistral',
  moonshot_ai: 'moonshotai',
  together: 'together',
  togetherai: 'together',
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  'fireworks-ai': 'fireworks',
  open_router: 'openrouter',
  voyage: 'voyageai',
  voyage_ai: 'voyageai',
  z_ai: 'zai',
  'z.ai': 'zai',
  zhipu: 'zhipuai',
  zhipu_ai: 'zhipuai',
  github_copilot: 'github-copilot',
  novita_ai: 'novita',
  'ibm.watsonx.ai': null,
  ollama: null,
  lmstudio: null,
  vllm: null,
  llamacpp: null,
  openai_compatible: null,
  'openai-compatible': null,
};

/** Rows that hold at one door of a provider and not at this one: Gemma is free at the Gemini API; on Vertex AI the machine it runs on is billed. */
export const notPricedAt: Record<string, readonly string[]> = {
  'gcp.vertex_ai': ['google/gemma-3', 'google/gemma-3n', 'google/gemma-4-26b-a4b-it', 'google/gemma-4-31b-it'],
};

/** Labels that name a library or a router instead of a provider. The model's name, or its prefix (`openai/gpt-4o`), then says who bills. */
export const noProvider: ReadonlySet<string> = new Set([
  '_other',
  'unknown',
  'litellm',
  'langchain',
  'langgraph',
  'llama_index',
  'llamaindex',
  'vercel',
]);

/** Service tiers that cost what the price table says. Requests may ask for `auto`, which is the standard tier unless the answer says otherwise. */
export const standardTiers: ReadonlySet<string> = new Set([
  'standard',
  'default',
  'auto',
  'standard_only',
  'on_demand',
  'service_tier_unspecified',
  'service_tier_standard',
]);

/** What a service tier does to the rates. A tier that no row knows leaves the call unpriced: a wrong figure is worse than none. */
export interface ServiceTier {
  provider: string;
  tier: string;
  factor: Factor;
  /** Only these rows of the provider's table; absent: all of them. */
  models?: readonly string[];
  /** The factor is not known for calls that read from the cache. */
  uncachedOnly?: true;
  /** The tier is not offered above the base of a tiered price, so nothing is known about its rates there. */
  shortContextOnly?: true;
  source: string;
}

const HALF: Factor = [1n, 2n];
const OPENAI_FLEX = 'https://developers.openai.com/api/docs/guides/flex-processing';
const OPENAI_BATCH = 'https://developers.openai.com/api/docs/guides/batch';
/** Its prices divided by the standard ones; input, cached input and output have the same quotient in every row. Read 2026-11-21. */
const OPENAI_PRIORITY = 'https://openai.com/api-priority-processing/';
const ANTHROPIC_BATCH = 'https://platform.claude.com/docs/en/build-with-claude/batch-processing';
/** Half of the standard rate per token; whether that holds for cached tokens it does not say. */
const GEMINI_TIERS = 'https://ai.google.dev/gemini-api/docs/optimization';
/** "Pricing matches the on-demand tier." */
const GROQ_FLEX = 'https://console.groq.com/docs/flex-processing';

function openaiPriority(factor: Factor, ...models: string[]): ServiceTier {
  return { provider: 'openai', tier: 'priority', factor, models, shortContextOnly: true, source: OPENAI_PRIORITY };
}

export const serviceTiers: readonly ServiceTier[] = [
  { provider: 'openai', tier: 'flex', factor: HALF, source: OPENAI_FLEX },
  { provider: 'openai', tier: 'batch', factor: HALF, source: OPENAI_BATCH },
  openaiPriority([5n, 2n], 'gpt-5.5'),
  openaiPriority([2n, 1n], 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.2', 'gpt-5.1', 'gpt-5', 'gpt-4.1-nano'),
  openaiPriority([9n, 5n], 'gpt-5-mini'),
  openaiPriority([7n, 4n], 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4o-2024-05-13', 'o3'),
  openaiPriority([17n, 10n], 'gpt-4o'),
  openaiPriority([5n, 3n], 'gpt-4o-mini'),
  openaiPriority([20n, 11n], 'o4-mini'),
  { provider: 'anthropic', tier: 'batch', factor: HALF, source: ANTHROPIC_BATCH },
  { provider: 'google', tier: 'flex', factor: HALF, uncachedOnly: true, source: GEMINI_TIERS },
  { provider: 'google', tier: 'batch', factor: HALF, uncachedOnly: true, source: GEMINI_TIERS },
  { provider: 'groq', tier: 'flex', factor: [1n, 1n], source: GROQ_FLEX },
];

/**
 * A price that the tables lack or have wrong, from a day on. `model` is the id of a row of the provider's table, or a name it does not know;
 * outside of its days the table's own price holds. Empty means that the tables need no correction today.
 */
export interface Override extends ConditionalRatesJson {
  provider: string;
  model: string;
  from: string;
  source: string;
}

export const overrides: readonly Override[] = [];
