import { TallyError } from '@tallyspan/facts';
import type { Problem } from '@tallyspan/server';

/** A question to a running server's API. */
export interface Question {
  /** As it was given: `http://127.0.0.1:4318`. */
  url: string;
  /** `/api/v1/costs` */
  path: string;
  query?: Readonly<Record<string, string | undefined>>;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

/** The JSON of the answer. Throws SERVER_UNREACHABLE, SERVER_REFUSED with the server's own words, or BAD_OPTION for what is no URL. */
export async function askServer<Answer>(question: Question): Promise<Answer> {
  const response = await askRaw(question);
  if (response.status === 204) return undefined as Answer;
  const body = (await response.json().catch(() => undefined)) as Answer | undefined;
  if (body !== undefined) return body;
  throw new TallyError('SERVER_UNREACHABLE', { url: question.url, reason: 'Something else answers there.' });
}

/** The answer itself, for what is no JSON. Throws as {@link askServer} does. */
export async function askRaw({ url, path, query = {}, method = 'GET', body, signal }: Question): Promise<Response> {
  if (!URL.canParse(url)) {
    throw new TallyError('BAD_OPTION', {
      option: '--url',
      value: JSON.stringify(url),
      why: 'It is no URL.',
      fix: 'Write it like http://127.0.0.1:4318.',
    });
  }
  const address = new URL(path, url);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, value);
  const key = process.env['TALLYSPAN_API_KEY'];
  const response = await fetch(address, {
    method,
    headers: {
      ...(key && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: Error & { cause?: Error }) => {
    if (signal?.aborted) throw error;
    throw new TallyError('SERVER_UNREACHABLE', { url, reason: error.cause?.message || error.message }, error);
  });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => undefined)) as Partial<Problem> | undefined;
  if (problem?.error === undefined) {
    const reason = `Something else answers there, with status ${response.status}.`;
    throw new TallyError('SERVER_UNREACHABLE', { url, reason });
  }
  const { what, why, fix } = problem.error;
  throw new TallyError('SERVER_REFUSED', { what, why, fix });
}
