import { fields } from './read.ts';

/** What a quick call asks, whoever is asked. */
export interface Quick {
  model: string;
  prompt: string;
  system: string | undefined;
  maxTokens: number | undefined;
  temperature: number | undefined;
}

/** How a client is made: what is undefined the library reads from its own environment variables. */
export interface Access {
  apiKey: string | undefined;
  baseURL: string | undefined;
}

/** One provider, as far as a quick call needs to know it. */
export interface QuickProvider {
  /** npm name. */
  package: string;
  /** The exported class, and what its constructor takes. */
  client: string;
  construct(access: Access): object;
  /** Path to the method, and what it takes. */
  method: string;
  arguments(quick: Quick): unknown;
  /** Where a provider is reached with somebody else's library: its address, and the variable its key stands in. */
  host?: { baseURL: string; variable: string };
}

const message = (role: string, content: string) => ({ role, content });
const conversation = ({ system, prompt }: Quick) => [
  ...(system === undefined ? [] : [message('system', system)]),
  message('user', prompt),
];
/** Without what is undefined: some libraries send it as null. */
const known = (all: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
const stainless = ({ apiKey, baseURL }: Access) => known({ apiKey, baseURL });

const openai: QuickProvider = {
  package: 'openai',
  client: 'OpenAI',
  construct: stainless,
  method: 'chat.completions.create',
  arguments: (quick) =>
    known({
      model: quick.model,
      messages: conversation(quick),
      max_completion_tokens: quick.maxTokens,
      temperature: quick.temperature,
    }),
};

/** Hosts that speak OpenAI's dialect, most of them its older spelling. */
const speaksOpenAI = (baseURL: string, variable: string): QuickProvider => ({
  ...openai,
  arguments: (quick) =>
    known({
      model: quick.model,
      messages: conversation(quick),
      max_tokens: quick.maxTokens,
      temperature: quick.temperature,
    }),
  host: { baseURL, variable },
});

/** Who can be asked by name. */
export const quickProviders = {
  openai,
  anthropic: {
    package: '@anthropic-ai/sdk',
    client: 'Anthropic',
    construct: stainless,
    method: 'messages.create',
    arguments: ({ model, system, prompt, maxTokens, temperature }) =>
      // The one provider that insists on a limit.
      known({ model, system, max_tokens: maxTokens ?? 1024, temperature, messages: [message('user', prompt)] }),
  },
  google: {
    package: '@google/genai',
    client: 'GoogleGenAI',
    construct: ({ apiKey, baseURL }) =>
      known({ apiKey, httpOptions: baseURL === undefined ? undefined : { baseUrl: baseURL } }),
    method: 'models.generateContent',
    arguments: ({ model, system, prompt, maxTokens, temperature }) => ({
      model,
      contents: prompt,
      config: known({ systemInstruction: system, maxOutputTokens: maxTokens, temperature }),
    }),
  },
  mistral: {
    package: '@mistralai/mistralai',
    client: 'Mistral',
    construct: ({ apiKey, baseURL }) => known({ apiKey, serverURL: baseURL }),
    method: 'chat.complete',
    arguments: (quick) =>
      known({
        model: quick.model,
        messages: conversation(quick),
        maxTokens: quick.maxTokens,
        temperature: quick.temperature,
      }),
  },
  cohere: {
    package: 'cohere-ai',
    client: 'CohereClientV2',
    construct: ({ apiKey, baseURL }) => known({ token: apiKey, environment: baseURL }),
    method: 'chat',
    arguments: (quick) =>
      known({
        model: quick.model,
        messages: conversation(quick),
        maxTokens: quick.maxTokens,
        temperature: quick.temperature,
      }),
  },
  groq: { ...openai, package: 'groq-sdk', client: 'Groq' },
  deepseek: speaksOpenAI('https://api.deepseek.com', 'DEEPSEEK_API_KEY'),
  openrouter: speaksOpenAI('https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  together: speaksOpenAI('https://api.together.xyz/v1', 'TOGETHER_API_KEY'),
  xai: speaksOpenAI('https://api.x.ai/v1', 'XAI_API_KEY'),
} as const satisfies Record<string, QuickProvider>;

export type QuickName = keyof typeof quickProviders;

/** The same by the names of the conventions, which stand on the spans. */
export const canonicalNames = {
  'gcp.gemini': 'google',
  mistral_ai: 'mistral',
  x_ai: 'xai',
} as const satisfies Record<string, QuickName>;

/** Makes the client's call. `this` is the object that holds the method. */
export function callMethod(client: object, path: string, asked: unknown): unknown {
  const steps = path.split('.');
  const name = steps.pop()!;
  const holder = steps.reduce<unknown>((at, step) => fields(at)[step], client);
  return Reflect.apply(fields(holder)[name] as (...all: unknown[]) => unknown, holder, [asked]);
}
