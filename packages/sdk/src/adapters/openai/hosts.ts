import { fields, text } from '../../read.ts';

/**
 * Who answers behind an OpenAI client, by the host of its base URL. Exact hosts and whole domain endings only: a substring
 * (`xai` in a path, `azure` in a company's name) would name the wrong provider.
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
  'api.moonshot.ai': 'moonshot_ai',
  'api.cerebras.ai': 'cerebras',
  'generativelanguage.googleapis.com': 'gcp.gemini',
};
const endings: readonly (readonly [string, string])[] = [
  ['.openai.azure.com', 'azure.ai.openai'],
  ['.cognitiveservices.azure.com', 'azure.ai.openai'],
  ['.services.ai.azure.com', 'azure.ai.inference'],
  ['.x.ai', 'x_ai'],
  ['.openai.com', 'openai'],
];

/** Hosts that report usage on streams by themselves and refuse or ignore `stream_options`. */
const noStreamOptions = new Set(['api.mistral.ai', 'api.perplexity.ai']);

export function takesStreamOptions(host: string | undefined): boolean {
  return host === undefined || !noStreamOptions.has(host);
}

export function baseUrl(client: object): string | undefined {
  return text(fields(client).baseURL);
}

const known = new Map<string, string>();
const KNOWN_MAX = 256;

/** `openai` where nothing else is known: local servers and proxies speak its dialect. */
export function provider(client: object): string {
  const url = baseUrl(client);
  if (url === undefined) return 'openai';
  const cached = known.get(url);
  if (cached !== undefined) return cached;
  const name = providerOf(url);
  if (known.size < KNOWN_MAX) known.set(url, name);
  return name;
}

function providerOf(url: string): string {
  try {
    const { hostname, port } = new URL(url);
    if (Object.hasOwn(hosts, hostname)) return hosts[hostname]!;
    if (port === '11434') return 'ollama';
    return endings.find(([ending]) => hostname.endsWith(ending))?.[1] ?? 'openai';
  } catch {
    return 'openai';
  }
}
