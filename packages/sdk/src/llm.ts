import { TallyError } from '@tallyspan/facts';
import { pathToFileURL } from 'node:url';
import { Begun } from './begin.ts';
import { currentIdentity, runIn } from './context.ts';
import { entriesOf } from './doors/entries.ts';
import { callMethod, canonicalNames, type QuickName, type QuickProvider, quickProviders } from './llm-providers.ts';
import type { WatchOptions } from './options.ts';
import { fields } from './read.ts';
import { watch } from './watch.ts';

/** Who is asked: our short name, or the one of the conventions. */
export type LlmProvider = QuickName | keyof typeof canonicalNames;

interface Asked extends Pick<WatchOptions, 'captureContent'> {
  prompt: string;
  system?: string;
  /** Default: the provider's own; 1,024 for Anthropic, which insists on one. */
  maxTokens?: number;
  temperature?: number;
}

interface Target {
  provider: LlmProvider;
  /** As the provider spells it. */
  model: string;
  /** Default: what the provider's library reads from the environment (`OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, …). */
  apiKey?: string;
  /** Default: what the provider's library reads from the environment, else its own address. */
  baseURL?: string;
}

export interface LlmOptions extends Asked, Target {}

export interface CompareOptions extends Asked {
  /** Who is asked the same. */
  models: readonly Target[];
}

/** What became of one of the calls of a comparison. */
export type Compared = Pick<Target, 'provider' | 'model'> & ({ response: unknown } | { error: unknown });

/**
 * One quick call, recorded like those of a watched client. Answers what the provider's library answers; name its type to have it:
 * `llm<Anthropic.Message>({ … })`.
 *
 * Throws `TypeError` for a provider nobody knows, `TallyError` `LIBRARY_MISSING` where the provider's package is not installed, and
 * whatever the library throws.
 *
 * @example
 * const answer = await llm<OpenAI.ChatCompletion>({ provider: 'openai', model: 'gpt-4o', prompt: 'Say hello.' });
 */
async function ask<Response = unknown>(options: LlmOptions): Promise<Response> {
  const provider = providerNamed(options.provider);
  const { model, prompt, system, maxTokens, temperature, captureContent } = options;
  const client = await clientOf(provider, options);
  watch(client, captureContent === undefined ? {} : { captureContent });
  const quick = provider.arguments({ model, prompt, system, maxTokens, temperature });
  return (await callMethod(client, provider.method, quick)) as Response;
}

/**
 * Asks several models the same, at once: sibling spans under one, with a group that the page compares them by. One that fails says so
 * in its place and does not keep the others from answering.
 */
export async function compare({ models, ...asked }: CompareOptions): Promise<Compared[]> {
  for (const { provider } of models) providerNamed(provider);
  const begun = new Begun({ operation: 'invoke_workflow', workflow: 'compare' }, currentIdentity(), {
    identify: ({ spanId }) => ({ comparisonGroup: spanId }),
  });
  const one = async (target: Target): Promise<Compared> => {
    const { provider, model } = target;
    try {
      return { provider, model, response: await ask({ ...asked, ...target }) };
    } catch (error) {
      return { provider, model, error };
    }
  };
  const all = await runIn(begun.frame, () => Promise.all(models.map(one)));
  begun.end();
  return all;
}

export const llm = Object.assign(ask, { compare });

function providerNamed(name: string): QuickProvider {
  const short = Object.hasOwn(canonicalNames, name) ? canonicalNames[name as keyof typeof canonicalNames] : name;
  if (Object.hasOwn(quickProviders, short)) return quickProviders[short as QuickName];
  throw new TypeError(
    `tallyspan: llm() knows no provider ${JSON.stringify(name)}. Known are: ${Object.keys(quickProviders).join(', ')}.`,
  );
}

async function clientOf(provider: QuickProvider, { provider: name, apiKey, baseURL }: Target): Promise<object> {
  const { host } = provider;
  const access = { apiKey: apiKey ?? (host && process.env[host.variable]), baseURL: baseURL ?? host?.baseURL };
  // The library would fall back to the key of its own provider.
  if (host && !access.apiKey) throw new TallyError('KEY_MISSING', { provider: name, variable: host.variable });
  const library = await load(provider.package, name);
  const Client = library[provider.client] ?? fields(library['default'])[provider.client] ?? library['default'];
  return Reflect.construct(Client as new (options: object) => object, [provider.construct(access)]);
}

/** The program's own copy, else the one that we can see. */
async function load(name: string, provider: string): Promise<Readonly<Record<string, unknown>>> {
  const entry = entriesOf(name, process.cwd())?.import;
  try {
    return (await import(entry === undefined ? name : pathToFileURL(entry).href)) as Record<string, unknown>;
  } catch (error) {
    if (entry !== undefined || !isMissing(error)) throw error;
    throw new TallyError('LIBRARY_MISSING', { package: name, provider }, error);
  }
}

function isMissing(error: unknown): boolean {
  const { code } = fields(error);
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
