import type { MakeId } from '../ids.ts';
import { list, text } from '../json.ts';
import { isUnknownModel } from '../models.ts';
import type { RecordedRequest } from '../recorded-request.ts';
import type { ErrorName, Reply } from '../reply.ts';
import type { Outgoing, ServerSentEvent } from '../wire/outgoing.ts';
import { openaiHeaders } from './headers.ts';

interface OpenAiError {
  status: number;
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** As OpenAI words them; `{model}` is the one asked for. Source: OpenAI API guide "Error codes" and recorded answers. */
const errors: Readonly<Record<ErrorName, OpenAiError>> = {
  invalid_key: {
    status: 401,
    message:
      'Incorrect API key provided: fake****alid. You can find your API key at https://platform.openai.com/account/api-keys.',
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  },
  forbidden: {
    status: 403,
    message: 'Project `proj_fake` does not have access to model `{model}`',
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  },
  unknown_model: {
    status: 404,
    message: 'The model `{model}` does not exist or you do not have access to it.',
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  },
  bad_request: {
    status: 400,
    message:
      "Invalid value: 'oracle'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.",
    type: 'invalid_request_error',
    param: 'messages[0].role',
    code: 'invalid_value',
  },
  too_long: {
    status: 400,
    message:
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 130007 tokens. Please reduce the length of the messages.",
    type: 'invalid_request_error',
    param: 'messages',
    code: 'context_length_exceeded',
  },
  rate_limit: {
    status: 429,
    message:
      'Rate limit reached for {model} in organization org-fake on tokens per min (TPM): Limit 30000, Used 29544, Requested 1021. Please try again in 20ms. Visit https://platform.openai.com/account/rate-limits to learn more.',
    type: 'tokens',
    param: null,
    code: 'rate_limit_exceeded',
  },
  quota: {
    status: 429,
    message:
      'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.',
    type: 'insufficient_quota',
    param: null,
    code: 'insufficient_quota',
  },
  server_error: {
    status: 500,
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
    param: null,
    code: null,
  },
  overloaded: {
    status: 503,
    message: 'The engine is currently overloaded, please try again later.',
    type: 'server_error',
    param: null,
    code: 'overloaded',
  },
};

/** What OpenAI refuses without a script. Undefined when it would answer. */
export function refusedByOpenai(request: RecordedRequest, makeId: MakeId): Outgoing | undefined {
  const send = (error: OpenAiError) => outgoing(error, openaiHeaders(makeId, {}));
  const key = request.headers.authorization?.replace(/^Bearer /, '');
  if (key === undefined) return send({ ...errors.invalid_key, message: "You didn't provide an API key.", code: null });
  if (key.includes('invalid')) return send(errors.invalid_key);
  if (request.method !== 'POST') return undefined;
  if (Object.keys(request.body).length === 0)
    return send(badRequest('We could not parse the JSON body of your request.', null, null));
  if (request.model === undefined && request.path !== '/v1/moderations')
    return send(badRequest('you must provide a model parameter', null, null));
  if (isUnknownModel(request.model ?? '')) return send(errorBody('unknown_model', request));
  if (request.path !== '/v1/chat/completions') return undefined;
  if (request.body.messages === undefined) {
    return send(badRequest("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter'));
  }
  if (list(request.body.messages).length === 0) {
    const message =
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.";
    return send(badRequest(message, 'messages', 'empty_array'));
  }
  return undefined;
}

/** The error that a reply names, with the headers that go with it. */
export function openaiError(name: ErrorName, request: RecordedRequest, reply: Reply, makeId: MakeId): Outgoing {
  const headers = openaiHeaders(makeId, reply);
  if (name === 'rate_limit') {
    const afterMs = reply.retryAfterMs ?? 20;
    headers['retry-after-ms'] = String(afterMs);
    headers['retry-after'] = String(Math.ceil(afterMs / 1000));
    headers['x-ratelimit-remaining-tokens'] = '0';
    headers['x-ratelimit-reset-tokens'] = `${afterMs}ms`;
  }
  // No use in trying again: the client must be told, as a 429 reads otherwise.
  if (name === 'quota') headers['x-should-retry'] = 'false';
  return outgoing(errorBody(name, request), headers);
}

/** `GET /v1/nothing` */
export function unknownUrl(request: RecordedRequest, makeId: MakeId): Outgoing {
  const message = `Invalid URL (${request.method} ${request.path})`;
  return outgoing({ ...badRequest(message, null, null), status: 404 }, openaiHeaders(makeId, {}));
}

export function unknownResponse(id: string, makeId: MakeId): Outgoing {
  const error = badRequest(`Response with id '${id}' not found.`, null, null);
  return outgoing({ ...error, status: 404 }, openaiHeaders(makeId, {}));
}

/** Inside a stream: data with an error in it. Events of a response have names and numbers. */
export function openaiErrorInStream(name: ErrorName, request: RecordedRequest, at: number): ServerSentEvent {
  const { status: _, ...error } = errorBody(name, request);
  if (request.path.startsWith('/v1/responses'))
    return { event: 'error', data: { type: 'error', error, sequence_number: at } };
  return { data: { error } };
}

function errorBody(name: ErrorName, request: RecordedRequest): OpenAiError {
  const error = errors[name];
  return { ...error, message: error.message.replaceAll('{model}', text(request.model) ?? '') };
}

function badRequest(message: string, param: string | null, code: string | null): OpenAiError {
  return { status: 400, message, type: 'invalid_request_error', param, code };
}

function outgoing({ status, ...error }: OpenAiError, headers: Record<string, string>): Outgoing {
  return { status, headers, body: { error } };
}
