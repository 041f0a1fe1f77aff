import { fields } from './read.ts';

/** How a failure is named on spans and metrics. */
export interface Failure {
  errorType: string;
  /** For the span's status. Never the provider's message unless content is on: it may quote the prompt. */
  statusMessage: string;
}

const SAFE_NAME = /^[A-Za-z_$][\w$.-]{0,63}$/;

/** Where libraries keep the HTTP status: Stainless and Google; Fern, Speakeasy and the AI SDK; Ollama; AWS. */
function statusOf(error: object): number | undefined {
  const { status, statusCode, status_code, $metadata } = error as Record<string, unknown>;
  const { httpStatusCode } = fields($metadata);
  return [status, statusCode, status_code, httpStatusCode].find((each) => typeof each === 'number');
}

/**
 * A low-cardinality name: the HTTP status, else the error's class, else a short code; `_OTHER` as the conventions have it.
 * Reads hostile values with care: a getter that throws gives `_OTHER`.
 */
export function describeFailure(error: unknown, withMessage: boolean): Failure {
  try {
    if (typeof error !== 'object' || error === null) return { errorType: '_OTHER', statusMessage: typeof error };
    const { code, name, message } = error as Record<string, unknown>;
    const status = statusOf(error);
    const className = (error.constructor as { name?: unknown } | undefined)?.name;
    const named = [className, name, code].find(
      (candidate): candidate is string =>
        typeof candidate === 'string' && candidate !== 'Error' && SAFE_NAME.test(candidate),
    );
    const errorType = typeof status === 'number' ? String(status) : (named ?? '_OTHER');
    const short = typeof status === 'number' ? `HTTP ${status}` : (named ?? 'Error');
    if (!withMessage || typeof message !== 'string') return { errorType, statusMessage: short };
    // Most libraries begin the message with the status; said once is enough.
    const detail = message.startsWith(errorType) ? message : `${short}: ${message}`;
    return { errorType, statusMessage: detail.slice(0, 1000) };
  } catch {
    return { errorType: '_OTHER', statusMessage: 'Error' };
  }
}
