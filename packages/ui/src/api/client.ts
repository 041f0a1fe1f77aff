import type { Problem } from '@tallyspan/server';
import { tellSignedOut } from './signed-out.ts';

/** What went wrong, in the words of the server or, when it did not answer, in ours. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly what: string;
  readonly why: string;
  readonly fix: string;

  constructor(status: number, problem: Problem['error'], cause?: unknown) {
    super(problem.what, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = problem.code;
    this.what = problem.what;
    this.why = problem.why;
    this.fix = problem.fix;
  }
}

/** Fetches JSON from the page's own origin. Empty parameters are left out. Throws {@link ProblemError} for all but 2xx. */
export async function getJson<Answer>(
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>> = {},
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await reach(withParameters(path, parameters), signal);
  if (!response.ok) throw await problemOf(response);
  try {
    return (await response.json()) as Answer;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ProblemError(
      response.status,
      {
        code: 'ANSWER_UNREADABLE',
        what: 'The answer is no JSON.',
        why: 'Something between this page and Tallyspan answered instead, or the connection broke.',
        fix: 'Check the proxy in front of Tallyspan, then try again.',
      },
      cause,
    );
  }
}

/**
 * Sends JSON to the page's own origin and reads what it answers; undefined for an empty answer.
 * Throws {@link ProblemError} for all but 2xx.
 */
export async function sendJson<Answer>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await reach(path, undefined, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw await problemOf(response);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

export function withParameters(
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

async function reach(url: string, signal?: AbortSignal, more: RequestInit = {}): Promise<Response> {
  try {
    const headers = { accept: 'application/json', ...(more.headers as Record<string, string> | undefined) };
    return await fetch(url, { ...more, headers, ...(signal && { signal }) });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ProblemError(
      0,
      {
        code: 'UNREACHABLE',
        what: 'Tallyspan does not answer.',
        why: 'The server is not running, or the network between it and this page is down.',
        fix: 'Start it with npm start; this page tries again by itself.',
      },
      cause,
    );
  }
}

async function problemOf(response: Response): Promise<ProblemError> {
  if (response.status === 401) tellSignedOut();
  const body: unknown = await response.json().catch(() => null);
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const text = (name: string, otherwise: string) => (typeof error[name] === 'string' ? error[name] : otherwise);
  return new ProblemError(response.status, {
    code: text('code', `HTTP_${response.status}`),
    what: text('what', `The server answered ${response.status}.`),
    why: text('why', 'It did not say why.'),
    fix: text('fix', 'Try again; if it stays, look into the log of the server.'),
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
