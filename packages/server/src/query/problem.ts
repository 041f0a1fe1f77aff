import { randomUUID } from 'node:crypto';
import { type ErrorCode, isTallyError, TallyError } from '@tallyspan/facts';
import type { z } from 'zod';
import type { Problem } from '../api.ts';
import { describeError, type Report } from '../report.ts';

/** HTTP status of each error that the query API and the page answer; anything else is ours to repair. */
const statuses: Partial<Record<ErrorCode, 400 | 401 | 403 | 404 | 405 | 409 | 429 | 503 | 504>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CROSS_SITE_REFUSED: 403,
  AUTH_UNAVAILABLE: 503,
  FIRST_KEY_ADMIN: 409,
  LAST_ADMIN_KEY: 409,
  KEYS_TOO_MANY: 409,
  BACKUP_FAILED: 503,
  BAD_QUERY: 400,
  OBJECT_CHANGED: 409,
  WEBHOOK_REFUSED: 400,
  HOST_REFUSED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  QUERY_TOO_LONG: 504,
};

/** What belongs to a status whichever error it is. */
const headersOf: Record<number, Record<string, string>> = {
  401: { 'www-authenticate': 'Bearer realm="tallyspan"' },
  503: { 'retry-after': '1' },
};

/** Any failure as an answer. What is no error of ours is told to the operator in full and to the client by its reference. */
export function problemResponse(error: unknown, report: Report): Response {
  const known = isTallyError(error) && statuses[error.code] !== undefined ? error : internal(error, report);
  const { code, what, why, fix } = known;
  const body: Problem = { error: { code, what, why, fix } };
  const status = statuses[code] ?? 500;
  return Response.json(body, { status, headers: headersOf[status] ?? {} });
}

function internal(error: unknown, report: Report): TallyError {
  const reference = randomUUID();
  report(`Internal error ${reference}: ${describeError(error instanceof Error ? (error.stack ?? error) : error)}`);
  return new TallyError('INTERNAL', { reference }, error);
}

/** Parameters checked by their schema. Throws BAD_QUERY with the name of the first bad one. */
export function parseParameters<Schema extends z.ZodType>(
  schema: Schema,
  parameters: Record<string, string>,
): z.infer<Schema> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new TallyError('BAD_QUERY', { field: issue.path.join('.') || 'the query', reason: lowerFirst(issue.message) });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
