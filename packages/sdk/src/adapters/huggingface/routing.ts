import type { Answered, Asked } from '@tallyspan/facts';
import type { Asking } from '../../adapter.ts';
import { fields, text } from '../../read.ts';

interface Place {
  /** Our name for it. Default: as Hugging Face spells it. */
  provider?: string;
  /** Where calls with the provider's own key go; those with a token of Hugging Face's go through its router. */
  host: string;
}

/** Who computes, by the name that `provider` gives. Source: `src/providers` of the package. */
const places: Record<string, Place> = {
  baseten: { host: 'inference.baseten.co' },
  cerebras: { host: 'api.cerebras.ai' },
  cohere: { host: 'api.cohere.com' },
  deepinfra: { host: 'api.deepinfra.com' },
  'fal-ai': { host: 'fal.run' },
  'featherless-ai': { host: 'api.featherless.ai' },
  'fireworks-ai': { provider: 'fireworks', host: 'api.fireworks.ai' },
  groq: { host: 'api.groq.com' },
  novita: { host: 'api.novita.ai' },
  nscale: { host: 'inference.api.nscale.com' },
  openai: { host: 'api.openai.com' },
  ovhcloud: { host: 'oai.endpoints.kepler.ai.cloud.ovh.net' },
  publicai: { host: 'api.publicai.co' },
  replicate: { host: 'api.replicate.com' },
  scaleway: { host: 'api.scaleway.ai' },
  together: { host: 'api.together.xyz' },
  wavespeed: { host: 'api.wavespeed.ai' },
  'zai-org': { host: 'api.z.ai' },
};
export const ROUTER = 'router.huggingface.co';

/** Providers that only take their own keys: nothing goes through the router. */
const unrouted = new Set(['openai']);

/**
 * Who answers and where, from what the call says and the client was made with. A model may name the provider too:
 * `deepseek-ai/DeepSeek-R1:together`. Where Hugging Face chooses, it is the provider as far as anybody can tell.
 */
export function routed(args: unknown, { client }: Asking): Asked {
  const made = fields(client);
  const { endpointUrl, model, provider, accessToken } = fields(args);
  const endpoint = text(endpointUrl) ?? text(fields(made.defaultOptions).endpointUrl);
  if (endpoint !== undefined) return { provider: 'huggingface', ...address(endpoint) };
  const name = text(provider) ?? suffixOf(text(model)) ?? 'hf-inference';
  const place = Object.hasOwn(places, name) ? places[name] : undefined;
  const token = text(accessToken) ?? text(made.accessToken);
  const direct = place && (unrouted.has(name) || (token !== undefined && !token.startsWith('hf_')));
  return {
    provider: place ? (place.provider ?? name) : 'huggingface',
    serverAddress: direct ? place.host : ROUTER,
    serverPort: 443,
  };
}

/** Whether Hugging Face passed the call on to somebody else. */
export function gateway({ provider, serverAddress }: Asked): Answered {
  return provider !== 'huggingface' && serverAddress === ROUTER ? { gateway: 'huggingface' } : {};
}

/** What errors say of the answer: the id to ask Hugging Face's support with. */
export function refused(error: unknown): Answered {
  return { requestId: text(fields(fields(error).httpResponse).requestId) };
}

function suffixOf(model: string | undefined): string | undefined {
  const suffix = model?.slice(model.lastIndexOf(':') + 1);
  return suffix !== undefined && Object.hasOwn(places, suffix) ? suffix : undefined;
}

function address(url: string): Asked {
  try {
    const { hostname, port, protocol } = new URL(url);
    return { serverAddress: hostname, serverPort: Number(port) || (protocol === 'http:' ? 80 : 443) };
  } catch {
    return {};
  }
}
