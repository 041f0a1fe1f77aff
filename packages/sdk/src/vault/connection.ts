import { TallyError } from '@tallyspan/facts';
import { outgoingHeaders } from '../carry/headers.ts';
import { ask, NoAnswer, type SecretAnswer } from '../credentials/request.ts';
import { currentIdentity } from '../context.ts';
import { baseUrlOf } from '../guard/remote/ask-server.ts';
import { VERSION } from '../version.ts';

export interface ConnectionOptions {
  address: string;
  namespace?: string | undefined;
  timeoutMs?: number | undefined;
  fetch?: typeof fetch | undefined;
}

interface Sent {
  /** Below `/v1/`. */
  path: string;
  method?: string;
  body?: unknown;
  token?: string;
  /** For an error: `read`, `write`, and what it is about. */
  action: string;
  about: string;
  /** False for what must not be done twice. Default true. */
  repeatable?: boolean;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** HTTP to one vault. Its errors have a status and what was asked for, never a text of the vault: that may quote a secret. */
export class Connection {
  /** Host and port, for spans and errors. */
  readonly host: string;
  readonly #base: string;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    try {
      this.#base = baseUrlOf(options.address);
      this.host = new URL(this.#base).host;
    } catch {
      throw new TallyError('BAD_OPTION', {
        option: 'address',
        value: 'no http(s) URL',
        why: 'Secrets are asked for there.',
        fix: 'Give it like https://vault.example.com:8200, or set VAULT_ADDR.',
      });
    }
  }

  async send({ path, method = 'POST', body, token, action, about, repeatable = true }: Sent): Promise<Answer> {
    const { namespace, timeoutMs, fetch } = this.#options;
    let answer: SecretAnswer;
    try {
      answer = await ask({
        url: `${this.#base}/v1/${path}`,
        method,
        headers: {
          ...auditHeaders(),
          'x-vault-request': 'true',
          ...(namespace && { 'x-vault-namespace': namespace }),
          ...(token !== undefined && { 'x-vault-token': token }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        timeoutMs,
        fetch,
        repeatable,
        // 412: this node has not yet heard of what another one wrote. 472 and 473 tell of a standby's health.
        isBusy: ({ status }) => status === 412 || status === 429 || status >= 500,
      });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      throw this.unusable(
        action,
        about,
        error.message,
        'Check the address of the vault, and that it can be reached from here.',
      );
    }
    return { status: answer.status, body: parsed(answer.text) };
  }

  /** An error for an answer that is a refusal. */
  refused({ status }: Answer, action: string, about: string): TallyError {
    const fix =
      FIXES[status] ?? (status >= 500 ? 'Look into the log of the vault.' : 'The audit log of the vault says more.');
    return Object.assign(this.unusable(action, about, `HTTP ${status}`, fix), { status });
  }

  unusable(action: string, path: string, reason: string, fix = 'Check that this is a vault.'): TallyError {
    return new TallyError('VAULT_REQUEST_FAILED', { address: this.host, action, path, reason, fix });
  }
}

const FIXES: Readonly<Record<number, string>> = {
  400: 'Check the path, the mount and, for a login, the role: its bound audience, subject and claims.',
  403: 'The policy of the token does not allow this path, or the token has expired. KV v2 needs rules for "<mount>/data/…" and "<mount>/metadata/…".',
  404: 'Check the mount and the namespace.',
  429: 'A rate limit of the vault was reached: ask less often, or raise the quota.',
  503: 'The vault is sealed or in maintenance.',
};

/**
 * By these the audit log of the vault and our trace find each other, once it was told to keep them
 * (`vault write sys/config/auditing/request-headers/traceparent hmac=false`). Identity, no secret.
 */
function auditHeaders(): Record<string, string> {
  const agent = currentIdentity()
    .agent?.replace(/[^\w.@+-]+/g, '-')
    .slice(0, 64);
  const headers = outgoingHeaders();
  const traceId = headers['traceparent']?.split('-')[1];
  return {
    ...headers,
    'user-agent': agent ? `tallyspan/${VERSION} ${agent}` : `tallyspan/${VERSION}`,
    ...(traceId && { 'x-correlation-id': traceId }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What a parser says of it quotes it.
    return undefined;
  }
}
