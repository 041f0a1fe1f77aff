import { type Facts, limits, type Prices } from '@tallyspan/facts';

/** What a call is thought to need before it is made. */
export interface Estimate {
  tokens: bigint;
  /** Undefined where the model's price is not known. */
  nanos: bigint | undefined;
}

/**
 * A token is about four bytes of English and three of Chinese in UTF-8. A budget had rather think too much than too little, so three
 * are reckoned, and a few for what providers put around the messages.
 */
const BYTES_PER_TOKEN = 3;
const TOKENS_AROUND = 8;
/** What providers charge for one image or file, about; its base64 says nothing about tokens. */
const TOKENS_PER_FILE = 1_500;
const NODES_MAX = 20_000;

/**
 * An estimate from the request alone, without a tokenizer: the size of what is sent, and the most that may come back. Where the
 * request sets no bound on the answer, a usual length is assumed.
 */
export function estimateOf(facts: Facts, args: readonly unknown[], prices: Prices | undefined, at: bigint): Estimate {
  const inputTokens = inputTokensOf(args[0]);
  const answers = facts.operation === 'embeddings' || facts.operation === 'rerank' ? 0 : (facts.choiceCount ?? 1);
  const outputTokens = answers * (facts.maxTokens ?? limits.budgetAnswerTokens);
  return {
    tokens: BigInt(inputTokens + outputTokens),
    nanos: priceOf(facts, inputTokens, outputTokens, prices, at),
  };
}

function priceOf(facts: Facts, inputTokens: number, outputTokens: number, prices: Prices | undefined, at: bigint) {
  try {
    return prices?.price({
      provider: facts.provider,
      requestModel: facts.requestModel,
      responseModel: undefined,
      serverAddress: facts.serverAddress,
      serviceTier: facts.requestServiceTier,
      usage: { inputTokens, outputTokens },
      at,
    })?.nanos;
  } catch {
    return undefined;
  }
}

/** Counts every text in the request, whatever its shape. Stops at a bound: what is larger than that is estimated from what was seen. */
export function inputTokensOf(request: unknown): number {
  let bytes = 0;
  let files = 0;
  let nodes = 0;
  const open: unknown[] = [request];
  const seen = new Set<unknown>();
  while (open.length > 0 && nodes++ < NODES_MAX) {
    const value = open.pop();
    if (typeof value === 'string') {
      if (isFile(value)) files++;
      // Bytes are counted up to a mebibyte; beyond, characters are near enough and cost nothing.
      else bytes += value.length > 1_048_576 ? value.length : Buffer.byteLength(value);
    } else if (value instanceof Uint8Array) files++;
    else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value);
      try {
        open.push(...Object.values(value).slice(0, NODES_MAX));
      } catch {
        // A getter that throws: the provider's own library will say so.
      }
    }
  }
  return TOKENS_AROUND + Math.ceil(bytes / BYTES_PER_TOKEN) + files * TOKENS_PER_FILE;
}

/** Base64 of some length, with or without the head of a data URL. */
function isFile(text: string): boolean {
  return text.startsWith('data:') || (text.length > 4096 && /^[A-Za-z0-9+/_-]{512}/.test(text));
}
