/**
 * `POST /agents/{id}/trace`, also below `/api/v1`: agents that report their work as task traces. https://i42m.ai/docs/node/configuration
 *
 * `x-agent-id`, where it is sent, must be the agent of the path. `x-agent-key` is a key for sending spans, of the tenant or of this
 * agent alone; where no keys are asked for it is not looked at. It is neither stored nor shown.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { type ErrorCode, isTallyError, limits, TallyError } from '@tallyspan/facts';
import type { Problem } from '../api.ts';
import { admitSender, type IngestOptions } from '../ingest.ts';
import { hold, retryOf, takeIn } from '../intake.ts';
import { discardRest, readBody, readEncoding, SenderGone } from '../read-body.ts';
import { describeError, type Report } from '../report.ts';
import { readTask } from './read-task.ts';
import { taskRequest } from './task-spans.ts';

export type TaskOptions = IngestOptions;

/** What is answered when a task is safe on disk, in the shape that its senders read. */
export interface TaskAnswer {
  success: true;
  message: string;
  data: { traceId: string };
}

const path = /^(?:\/api\/v1)?\/agents\/([^/?]{1,600})\/trace$/;

const statuses: Partial<Record<ErrorCode, number>> = {
  BODY_UNREADABLE: 400,
  TASK_INVALID: 400,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE_UNKNOWN: 415,
  CONTENT_ENCODING_UNKNOWN: 415,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  QUOTA_EXCEEDED: 429,
  AUTH_UNAVAILABLE: 503,
  OVERLOADED: 503,
  STORAGE_FULL: 503,
};

/** Whether this is for {@link createTaskDoor}. */
export function isTask({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && path.test(url.split('?', 1)[0]!);
}

export function createTaskDoor(options: TaskOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    void take(options, request).then(
      (traceId) => {
        const answer: TaskAnswer = { success: true, message: 'The task trace is stored.', data: { traceId } };
        send(request, response, 200, answer);
      },
      (error: unknown) => {
        if (error instanceof SenderGone || response.destroyed) return;
        const { status, problem } = failure(options.report, error);
        const retry = isTallyError(error) ? retryOf(error) : undefined;
        if (retry !== undefined) response.setHeader('retry-after', retry);
        if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="tallyspan"');
        send(request, response, status, problem);
      },
    );
  };
}

async function take(options: TaskOptions, request: IncomingMessage): Promise<string> {
  const sender = await admitSender(options, request, 'x-agent-key');
  const agentId = readAgentId(request);
  if (sender.agent !== undefined && sender.agent !== agentId)
    throw new TallyError('UNAUTHENTICATED', { reason: 'this key is of another agent' });
  const type = request.headers['content-type'] ?? '';
  // Only that: what any web page may send without asking is something else.
  if (type.split(';', 1)[0]!.trim().toLowerCase() !== 'application/json')
    throw new TallyError('CONTENT_TYPE_UNKNOWN', { type: JSON.stringify(type.slice(0, 100)) });
  const encoding = readEncoding(request.headers['content-encoding']);
  const held = await hold(options, sender, Number(request.headers['content-length'] ?? 0));
  try {
    let bytes = 0;
    const body = await readBody(request, encoding, (more) => {
      bytes += more;
      if (bytes > limits.taskBytesMax)
        throw new TallyError('BODY_TOO_LARGE', { limit: limits.taskBytesMax / 1024 ** 2 });
      held.take(more);
    });
    const { traceId, request: spans } = taskRequest(readTask(body), agentId, body);
    const partial = await takeIn(options, Buffer.from(JSON.stringify(spans)), 'json', 'traces', sender);
    if (partial)
      throw new TallyError('TASK_INVALID', { field: 'it', reason: `has spans that are refused: ${partial.message}` });
    return traceId;
  } finally {
    held.release();
  }
}

function readAgentId(request: IncomingMessage): string {
  const inPath = path.exec(request.url!.split('?', 1)[0]!)![1]!;
  let agentId: string;
  try {
    agentId = decodeURIComponent(inPath);
  } catch {
    throw new TallyError('TASK_INVALID', { field: 'the agent in the path', reason: 'is no text' });
  }
  const inHeader = request.headers['x-agent-id'] ?? agentId;
  if (inHeader !== agentId)
    throw new TallyError('TASK_INVALID', { field: 'x-agent-id', reason: 'is not the agent in the path' });
  return agentId;
}

function failure(report: Report, error: unknown): { status: number; problem: Problem } {
  const status = isTallyError(error) ? statuses[error.code] : undefined;
  if (status !== undefined) return { status, problem: problemOf(error as TallyError) };
  const reference = randomUUID();
  report(`Internal error ${reference}: ${describeError(error instanceof Error ? (error.stack ?? error) : error)}`);
  return { status: 500, problem: problemOf(new TallyError('INTERNAL', { reference })) };
}

function problemOf({ code, what, why, fix }: TallyError): Problem {
  return { error: { code, what, why, fix } };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, answer: TaskAnswer | Problem): void {
  const body = Buffer.from(JSON.stringify(answer));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
  if (!request.complete) discardRest(request);
}
