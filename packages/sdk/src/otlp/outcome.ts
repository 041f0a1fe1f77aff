/** HTTP statuses after which a request may be sent again. https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
export const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What is read of an answer. Those of receivers have a few bytes. */
export const ANSWER_BYTES_MAX = 64 * 1024;

/** A short reason without addresses or content: `ECONNREFUSED`, `timeout`. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : message === 'timeout' ? 'timeout' : 'connection failed';
}
