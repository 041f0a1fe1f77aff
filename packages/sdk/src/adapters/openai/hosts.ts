import { canonicalProvider } from '@tallyspan/facts';
import { fields, text } from '../../read.ts';

/**
 * Who answers behind a client that speaks OpenAI's dialect, by the host of its base URL. Exact hosts and whole domain endings only:
 * a substring (`x.ai` in `max.ai`, `azure` in a company's name) would name the wrong provider, and its prices. Where the address
 * cannot tell, `watch(client, { provider: 'vllm' })` does.
 */
const hosts: Record<string, string> = {
  'api.openai.com': 'openai',
  'api.x.ai': 'x_ai',
  'api.groq.com': 'groq',
  'api.deepseek.com': 'deepseek',
  'api.together.xyz': 'together',
  'api.together.ai': 'together',
  'api.fireworks.ai': 'fireworks',
  'openrouter.ai': 'openrouter',
  'api.perplexity.ai': 'perplexity',
  'api.mistral.ai': 'mistral_ai',
  'codestral.mistral.ai': 'mistral_ai',
  'api.moonshot.ai': 'moonshot_ai',
  'api.moonshot.cn': 'moonshot_ai',
  'api.cerebras.ai': 'cerebras',
  'api.anthropic.com': 'anthropic',
  'api.cohere.com': 'cohere',
  'api.cohere.ai': 'cohere',
  'api.deepinfra.com': 'deepinfra',
  'router.huggingface.co': 'huggingface',
  'ollama.com': 'ollama',
  'generativelanguage.googleapis.com': 'gcp.gemini',
  'aiplatform.googleapis.com': 'gcp.vertex_ai',
  'models.github.ai': 'azure.ai.inference',
  'models.inference.ai.azure.com': 'azure.ai.inference',
};
const endings: readonly (readonly [string, string])[] = [
  ['.openai.azure.com', 'azure.ai.openai'],
  ['.openai.azure.us', 'azure.ai.openai'],
  ['.cognitiveservices.azure.com', 'azure.ai.openai'],
  ['.services.ai.azure.com', 'azure.ai.inference'],
  ['.models.ai.azure.com', 'azure.ai.inference'],
  ['.x.ai', 'x_ai'],
  ['.openai.com', 'openai'],
  ['-aiplatform.googleapis.com', 'gcp.vertex_ai'],
];
const BEDROCK = /^bedrock-runtime\.[a-z0-9-]+\.amazonaws\.com$/;

/** The port that Ollama registered, whatever machine it runs on. */
const OLLAMA_PORT = '11434';

/** Hosts that pass calls on to others. */
const gateways: Record<string, string> = { openrouter: 'openrouter' };

export function gatewayOf(provider: string | undefined): string | undefined {
  return provider !== undefined && Object.hasOwn(gateways, provider) ? gateways[provider] : undefined;
}

/** Hosts that report usage on streams by themselves and refuse or ignore `stream_options`. */
const noStreamOptions = new Set(['api.mistral.ai', 'codestral.mistral.ai', 'api.perplexity.ai']);

/** Before this version of its API, Azure answers `stream_options` with an error (Azure OpenAI, API version lifecycle). */
const AZURE_STREAM_OPTIONS = '2024-09-01';

export function takesStreamOptions(host: string | undefined, client: object, body: object): boolean {
  if (host !== undefined && noStreamOptions.has(host)) return false;
  if (!isAzure(client)) return true;
  // "On your data" refuses it in every version.
  const version = text(fields(client).apiVersion);
  return !('data_sources' in body) && (version === undefined || version.slice(0, 10) >= AZURE_STREAM_OPTIONS);
}

export function baseUrl(client: object): string | undefined {
  return text(fields(client).baseURL);
}

/** An Azure client: it may call a gateway under any name, so its shape tells where the host does not. */
export function isAzure(client: object): boolean {
  return typeof fields(client).apiVersion === 'string' && 'deploymentName' in client;
}

const known = new Map<string, string | undefined>();
const KNOWN_MAX = 256;

/** `openai` where nothing else is known: local servers and proxies speak its dialect. */
export function provider(client: object): string {
  const url = baseUrl(client);
  return (url === undefined ? undefined : providerAt(url)) ?? (isAzure(client) ? 'azure.ai.openai' : 'openai');
}

/** Who answers at a URL, or undefined where the host does not tell. Bounded memory: gateways name URLs too. */
export function providerAt(url: string): string | undefined {
  if (known.has(url)) return known.get(url);
  const name = read(url);
  if (known.size < KNOWN_MAX) known.set(url, name);
  return name;
}

function read(url: string): string | undefined {
  try {
    const { hostname, port } = new URL(url);
    const host = hostname.replace(/\.$/, '');
    if (Object.hasOwn(hosts, host)) return hosts[host];
    if (port === OLLAMA_PORT) return 'ollama';
    if (BEDROCK.test(host)) return 'aws.bedrock';
    return endings.find(([ending]) => host.endsWith(ending))?.[1];
  } catch {
    return undefined;
  }
}

const names = new Set([...Object.values(hosts), ...endings.map(([, name]) => name), 'aws.bedrock', 'vllm']);

/** What gateways call providers, where it is neither our name nor an alias everybody uses. */
const prefixes: Record<string, string> = {
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  ollama_chat: 'ollama',
  azure_text: 'azure.ai.openai',
  hosted_vllm: 'vllm',
  bedrock_converse: 'aws.bedrock',
  cohere_chat: 'cohere',
};

/** `anthropic` of `anthropic/claude-sonnet-4-5`; undefined where the first part is no provider (`meta-llama/…` is a maker). */
export function providerInModel(model: string | undefined): string | undefined {
  const slash = model?.indexOf('/') ?? -1;
  if (slash <= 0) return undefined;
  const prefix = model!.slice(0, slash);
  const name = Object.hasOwn(prefixes, prefix) ? prefixes[prefix]! : canonicalProvider(prefix);
  return names.has(name) ? name : undefined;
}
