import type { MakeId } from '../ids.ts';
import { list } from '../json.ts';
import { isUnknownModel } from '../models.ts';
import type { RecordedRequest } from '../recorded-request.ts';
import type { ErrorName, Reply } from '../reply.ts';
import type { Outgoing, ServerSentEvent } from '../wire/outgoing.ts';

interface AnthropicError {
  status: number;
  type: string;
  message: string;
}

/** As Anthropic words them; `{model}` is the one asked for. Source: Anthropic API reference, "Errors". */
const errors: Readonly<Record<ErrorName, AnthropicError>> = {
  invalid_key: { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
  forbidden: {
    status: 403,
    type: 'permission_error',
    message: 'Your API key does not have permission to use the specified resource.',
  },
  unknown_model: { status: 404, type: 'not_found_error', message: 'model: {model}' },
  bad_request: {
    status: 400,
    type: 'invalid_request_error',
    message: "messages.0.role: Input should be 'user' or 'assistant'",
  },
  too_long: {
    status: 400,
    type: 'invalid_request_error',
    message: 'prompt is too long: 200031 tokens > 200000 maximum',
  },
  rate_limit: {
    status: 429,
    type: 'rate_limit_error',
    message:
      "This request would exceed your organization's rate limit of 30,000 input tokens per minute. For details, refer to: https://docs.claude.com/en/api/rate-limits.",
  },
  quota: {
    status: 400,
    type: 'invalid_request_error',
    message:
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  },
  server_error: { status: 500, type: 'api_error', message: 'Internal server error' },
  overloaded: { status: 529, type: 'overloaded_error', message: 'Overloaded' },
};

/** What Anthropic refuses without a script. Undefined when it would answer. */
export function refusedByAnthropic(request: RecordedRequest, makeId: MakeId): Outgoing | undefined {
  const { headers, body, model } = request;
  const refuse = (message: string) => outgoing({ status: 400, type: 'invalid_request_error', message }, makeId);
  const key = [headers['x-api-key'], headers.authorization].filter(Boolean).join();
  if (key === '') return outgoing({ ...errors.invalid_key, message: 'x-api-key header is required' }, makeId);
  if (key.includes('invalid')) return outgoing(errors.invalid_key, makeId);
  if (headers['anthropic-version'] === undefined) return refuse('anthropic-version: header is required');
  if (Object.keys(body).length === 0) return refuse('The request body is not valid JSON');
  if (model === undefined) return refuse('model: Field required');
  if (isUnknownModel(model)) return outgoing(filled('unknown_model', request), makeId);
  if (body.messages === undefined) return refuse('messages: Field required');
  if (list(body.messages).length === 0) return refuse('messages: at least one message is required');
  if (request.path === '/v1/messages' && body.max_tokens === undefined) return refuse('max_tokens: Field required');
  return undefined;
}

/** The error that a reply names, with the headers that go with it. */
export function anthropicError(name: ErrorName, request: RecordedRequest, reply: Reply, makeId: MakeId): Outgoing {
  const sent = outgoing(filled(name, request), makeId);
  const retryable = name === 'rate_limit' || name === 'overloaded' || name === 'server_error';
  sent.headers['x-should-retry'] = String(retryable);
  if (name === 'rate_limit') {
    const afterMs = reply.retryAfterMs ?? 20;
    sent.headers['retry-after'] = String(Math.ceil(afterMs / 1000));
    // Anthropic itself sends whole seconds only; its client reads milliseconds first, which keeps tests short.
    sent.headers['retry-after-ms'] = String(afterMs);
    sent.headers['anthropic-ratelimit-input-tokens-remaining'] = '0';
  }
  return sent;
}

/** Inside a stream: `event: error`. */
export function anthropicErrorInStream(name: ErrorName, request: RecordedRequest): ServerSentEvent {
  const { type, message } = filled(name, request);
  return { event: 'error', data: { type: 'error', error: { type, message } } };
}

function filled(name: ErrorName, request: RecordedRequest): AnthropicError {
  const error = errors[name];
  return { ...error, message: error.message.replaceAll('{model}', request.model ?? '') };
}

function outgoing({ status, type, message }: AnthropicError, makeId: MakeId): Outgoing {
  const requestId = makeId('req_', 24);
  const body = { type: 'error', error: { type, message }, request_id: requestId };
  return { status, headers: { 'request-id': requestId }, body };
}
