import { limits } from '@tallyspan/facts';
import type { VaultClient } from './vault.ts';

export interface FromVaultOptions {
  /** Default `value`. */
  field?: string;
  /** Default: the newest. */
  version?: number;
  /** How long it is used before the vault is asked again, in milliseconds. Default 5 minutes. */
  ttlMs?: number;
  /** How much longer when the vault does not answer then. Default one hour. */
  staleMs?: number;
}

/**
 * A function that answers a secret, for clients that take one as their key: `apiKey` of `openai` 6 and 7, of `@anthropic-ai/sdk` 1 and of
 * `@mistralai/mistralai`. Others take a text: `new Groq({ apiKey: await key() })`. The vault is asked once in five minutes, however many
 * calls are made, and each time is one `vault_get` span. A new key in the vault is used at most that much later; a vault that is away
 * does not stop calls for an hour.
 *
 * @example
 * const openai = new OpenAI({ apiKey: fromVault(secrets, 'llm/openai', { field: 'api_key' }) });
 */
export function fromVault(
  secrets: Pick<VaultClient, 'get'>,
  path: string,
  { ttlMs = limits.secretTtlMs, staleMs = limits.secretStaleMsMax, ...options }: FromVaultOptions = {},
): () => Promise<string> {
  let held: { value: string; at: number } | undefined;
  let under: Promise<string> | undefined;
  const fetched = async () => {
    const value = await secrets.get(path, options);
    held = { value, at: performance.now() };
    return value;
  };
  return async () => {
    const ageMs = held ? performance.now() - held.at : Infinity;
    if (held && ageMs < ttlMs) return held.value;
    under ??= fetched().finally(() => (under = undefined));
    if (!held || ageMs >= ttlMs + staleMs) return under;
    const { value } = held;
    return under.catch((error: unknown) => {
      // Deleted or forbidden is an answer; only where there was none the old key serves on.
      if (isAnswer(error)) throw error;
      return value;
    });
  };
}

function isAnswer(error: unknown): boolean {
  const { status } = error as { status?: unknown };
  return typeof status === 'number' && status < 500 && status !== 429;
}
