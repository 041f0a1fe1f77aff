import { isTallyError } from '@tallyspan/facts';
import { fields } from './read.ts';

/** How a failure is named on spans and metrics. */
export interface Failure {
  errorType: string;
  /** For the span's status. Never the provider's message unless content is on: it may quote the prompt. */
  statusMessage: string;
  /** The class of the error. */
  exceptionType?: string | undefined;
}

const SAFE_NAME = /^[A-Za-z_$][\w$.-]{0,63}$/;

/** Classes whose errors are told apart by their name: `AbortError` and `TimeoutError` of the platform are DOMExceptions. */
const SAYS_NOTHING = new Set(['Error', 'DOMException']);

/** Where libraries keep the HTTP status: Stainless and Google; Fern, Speakeasy and the AI SDK; Ollama; Hugging Face; AWS. */
function statusOf(error: object): number | undefined {
  const { status, statusCode, status_code, httpResponse, $metadata } = error as Record<string, unknown>;
  const { httpStatusCode } = fields($metadata);
  return [status, statusCode, status_code, fields(httpResponse).status, httpStatusCode].find(
    (each) => typeof each === 'number',
  );
}

/** Refusals of our own, which quote nobody. */
const refusals: Record<string, (error: Readonly<Record<string, unknown>>) => Failure> = {
  GUARDRAIL_BLOCKED: ({ scanners, failures }) => ({
    errorType: 'guardrail_blocked',
    statusMessage: `Blocked by ${Object.keys({ ...fields(scanners), ...fields(failures) }).join(', ')}`,
    exceptionType: 'GuardrailError',
  }),
  BUDGET_EXCEEDED: ({ state }) => ({
    errorType: 'budget_exceeded',
    statusMessage: `Budget exceeded: ${String(fields(state).limit)}`,
    exceptionType: 'BudgetExceededError',
  }),
};

/**
 * A low-cardinality name: the HTTP status, else the error's class, else a short code; `_OTHER` as the conventions have it.
 * Reads hostile values with care: a getter that throws gives `_OTHER`.
 */
export function describeFailure(error: unknown, withMessage: boolean): Failure {
  try {
    if (typeof error !== 'object' || error === null) return { errorType: '_OTHER', statusMessage: typeof error };
    const { code, name, message } = error as Record<string, unknown>;
    const refused =
      typeof code === 'string' && Object.hasOwn(refusals, code) ? refusals[code]!(fields(error)) : undefined;
    if (refused) return refused;
    const status = statusOf(error);
    const className = withoutNumber((error.constructor as { name?: unknown } | undefined)?.name, name);
    // Our own errors have one class and many codes.
    const named = [isTallyError(error) ? code : undefined, className, name, code].find(
      (candidate): candidate is string =>
        typeof candidate === 'string' && !SAYS_NOTHING.has(candidate) && SAFE_NAME.test(candidate),
    );
    const errorType = typeof status === 'number' ? String(status) : (named ?? '_OTHER');
    const short = typeof status === 'number' ? `HTTP ${status}` : (named ?? 'Error');
    const exceptionType = typeof className === 'string' && SAFE_NAME.test(className) ? className : undefined;
    if (!withMessage || typeof message !== 'string') return { errorType, statusMessage: short, exceptionType };
    // Most libraries begin the message with the status; said once is enough.
    const detail = message.startsWith(errorType) ? message : `${short}: ${message}`;
    return { errorType, statusMessage: detail.slice(0, 1000), exceptionType };
  } catch {
    return { errorType: '_OTHER', statusMessage: 'Error' };
  }
}

/** Bundlers number classes of one name: the `TimeoutError` of Playwright's bundle is a `TimeoutError2`. */
function withoutNumber(className: unknown, name: unknown): unknown {
  if (typeof className !== 'string' || typeof name !== 'string' || name === '') return className;
  return className.startsWith(name) && /^\d+$/.test(className.slice(name.length)) ? name : className;
}

/** Whether this is how a caller's abort looks: `AbortError`, whoever made it. */
export function isAbort(error: unknown): boolean {
  try {
    return fields(error).name === 'AbortError';
  } catch {
    return false;
  }
}
