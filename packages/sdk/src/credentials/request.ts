import { limits } from '@tallyspan/facts';
import { setTimeout as pause } from 'node:timers/promises';
import { within } from '../cache/within.ts';
import { boundedText } from '../guard/remote/ask-server.ts';
import { retryAfterMs } from '../otlp/post.ts';
import { VERSION } from '../version.ts';

/** A request that carries secrets, to whoever gives more of them. */
export interface SecretRequest {
  url: string;
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** For all tries together. Default 10,000. */
  timeoutMs?: number | undefined;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Whether it may be sent again when nobody knows if the first one was carried out. Default true. */
  repeatable?: boolean;
  /** Whether this answer is worth another try. Default: 408, 429 and from 500. */
  isBusy?: (answer: SecretAnswer) => boolean;
}

export interface SecretAnswer {
  status: number;
  text: string;
  header(name: string): string | undefined;
}

/** No answer came. The reason is ours: what a library says may quote what was sent. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** Whether the next try may find one. */
  readonly mayPass: boolean;

  constructor(reason: string, mayPass: boolean) {
    super(reason);
    this.mayPass = mayPass;
  }
}

const BACKOFF_MS = 100;

/**
 * Sends it, and again where that helps: up to three times, with growing random pauses or those that `Retry-After` asks for, all within
 * `timeoutMs`. Follows no redirect, as secrets would go along; reads no more than 2 MiB. Rejects with {@link NoAnswer} when there is no
 * answer at all; whatever was answered in the end is answered.
 */
export async function ask(request: SecretRequest): Promise<SecretAnswer> {
  const { repeatable = true, isBusy = isBusyStatus } = request;
  const until = performance.now() + (request.timeoutMs ?? limits.secretTimeoutMs);
  for (let tried = 1; ; tried++) {
    let answer: SecretAnswer | undefined;
    let failure: NoAnswer | undefined;
    try {
      answer = await askOnce(request, until - performance.now());
    } catch (error) {
      failure = error as NoAnswer;
    }
    // A server that says that it is busy has not done anything.
    const again = answer ? isBusy(answer) && (repeatable || isUndone(answer.status)) : repeatable && failure!.mayPass;
    const waitMs = retryAfterMs(answer?.header('retry-after')) ?? BACKOFF_MS * 2 ** tried * (0.5 + Math.random() / 2);
    const isLast = tried >= limits.secretTriesMax || performance.now() + waitMs >= until;
    if (answer && (!again || isLast)) return answer;
    if (failure && (!again || isLast)) throw failure;
    await pause(waitMs);
  }
}

async function askOnce(request: SecretRequest, leftMs: number): Promise<SecretAnswer> {
  const { url, method = 'POST', headers, body, fetch: send = fetch } = request;
  const stop = new AbortController();
  try {
    // The signal alone would do for the global `fetch`; one of the application's may not heed it.
    return await within(leftMs, async () => {
      const response = await send(url, {
        method,
        headers: { 'user-agent': `tallyspan/${VERSION}`, ...headers },
        ...(body !== undefined && { body }),
        redirect: 'error',
        signal: stop.signal,
      });
      const text = await boundedText(response, limits.secretAnswerBytesMax);
      return { status: response.status, text, header: (name) => response.headers.get(name) ?? undefined };
    });
  } catch (error) {
    throw noAnswer(error);
  } finally {
    stop.abort();
  }
}

const CODE = /^[A-Z][A-Z0-9_]{2,40}$/;

function noAnswer(error: unknown): NoAnswer {
  const { name, message, cause } = error as Partial<Error>;
  if (name === 'TimeoutError') return new NoAnswer('it did not answer in time', true);
  if (message === 'the answer is too long') return new NoAnswer('its answer is too long', false);
  const { code, message: why } = (cause ?? {}) as { code?: unknown; message?: unknown };
  if (why === 'unexpected redirect')
    return new NoAnswer('it redirects, which is not followed with secrets in hand', false);
  return new NoAnswer(typeof code === 'string' && CODE.test(code) ? `no answer (${code})` : 'no answer', true);
}

function isBusyStatus({ status }: SecretAnswer): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function isUndone(status: number): boolean {
  return status === 429 || status === 503;
}
