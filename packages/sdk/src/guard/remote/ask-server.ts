import { limits } from '@tallyspan/facts';
import { CircuitBreaker, type CircuitOptions } from './circuit-breaker.ts';

/** What all scanners that ask a server have in common. */
export interface ServerOptions {
  /** More request headers. */
  headers?: Readonly<Record<string, string>>;
  circuit?: CircuitOptions;
  /** Sends the request. Default: the global `fetch`. */
  fetch?: typeof fetch;
}

export type Ask = (url: string, body: unknown, signal: AbortSignal) => Promise<unknown>;

/**
 * Posts JSON and reads JSON. Follows no redirect, as credentials would go along; reads no more of an answer than a scan can have.
 * Errors name the status and never what was sent.
 */
export function askServer({ headers = {}, circuit, fetch: send = fetch }: ServerOptions): Ask {
  const breaker = new CircuitBreaker(circuit);
  return (url, body, signal) =>
    breaker.run(async () => {
      const response = await send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body: JSON.stringify(body),
        redirect: 'error',
        signal,
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`the server answered ${response.status}`);
      }
      return JSON.parse(await boundedText(response)) as unknown;
    });
}

/** The body as text. Throws when it is longer than `bytesMax`, after reading no more than that. */
export async function boundedText(response: Response, bytesMax: number = limits.guardAnswerBytesMax): Promise<string> {
  if (!response.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      await reader.cancel();
      throw new Error('the answer is too long');
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** A base URL without a slash at its end. Throws for what is no http(s) URL: that is a mistake in the program. */
export function baseUrlOf(url: string): string {
  const { protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${protocol} is neither http nor https`);
  let end = url.length;
  while (url[end - 1] === '/') end--;
  return url.slice(0, end);
}
