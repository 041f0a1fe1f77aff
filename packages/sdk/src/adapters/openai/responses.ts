import { call } from '../../adapter.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { refused, reported } from './reported.ts';
import { requestModel, responseFormat, serviceTier } from './request.ts';
import { responsesContent } from './responses-content.ts';
import { finishReasons } from './responses-finish.ts';
import { responseUsage } from './usage.ts';

type ResponseObject = Readonly<Record<string, unknown>>;
type Args = readonly [body: unknown, options?: unknown];

/** `responses.create`, which `parse` and `stream` call inside. Source: OpenAI API reference, "Responses". */
export const responses = call<Args, ResponseObject, unknown>({
  operation: 'chat',

  asked([body], { client }) {
    const asked = fields(body);
    return {
      requestModel: requestModel(asked, client),
      stream: asked.stream === true ? true : undefined,
      apiType: 'responses',
      maxTokens: count(asked.max_output_tokens),
      temperature: number(asked.temperature),
      topP: number(asked.top_p),
      requestServiceTier: serviceTier(asked),
      outputType: responseFormat(fields(asked.text).format),
      reasoningLevel: text(fields(asked.reasoning).effort),
      previousResponseId: text(asked.previous_response_id),
      conversationId: text(asked.conversation) ?? text(fields(asked.conversation).id),
    };
  },

  answered(response, answering) {
    return {
      ...reported(answering, response.usage),
      responseId: text(response.id),
      responseModel: text(response.model),
      responseServiceTier: text(response.service_tier),
      finishReasons: finishReasons(response),
      webSearchRequests: webSearches(response),
      ...responseUsage(response.usage),
    };
  },
  refused,

  /** A response in the background is only a ticket: its tokens are known when `retrieve` sees it done. */
  opens: (response) => (response.background === true && !isDone(response) ? text(response.id) : undefined),
  failed: failureIn,

  /** The closing event carries the whole response; the opening ones name it in case the stream is cut. */
  fold: foldResponse,
  content: responsesContent,
});

/**
 * `responses.retrieve`: looks at a response that was made before. Its tokens are those of the call that made it, so they are never
 * told again here. Source: OpenTelemetry GenAI conventions, `fetch_response`.
 */
export const retrieved = call<readonly [id: unknown, query?: unknown, options?: unknown], ResponseObject, unknown>({
  operation: 'fetch_response',
  asked: ([id, query]) => ({
    stream: fields(query).stream === true ? true : undefined,
    apiType: 'responses',
    responseId: text(id),
  }),
  answered(response, answering) {
    const { costNanoUsd: _, costSource: __, ...told } = reported(answering);
    return {
      ...told,
      responseId: text(response.id),
      responseModel: text(response.model),
      responseStatus: text(response.status),
      finishReasons: finishReasons(response),
    };
  },
  refused,
  closes: doneId,
  fold: foldResponse,
  content: { asked: () => ({}), answered: responsesContent.answered },
});

/** `responses.cancel` ends a response in the background. */
export const cancelled = call<readonly [id: unknown, options?: unknown], ResponseObject>({
  operation: 'fetch_response',
  silent: true,
  asked: () => ({}),
  answered: () => ({}),
  closes: doneId,
});

function doneId(response: ResponseObject): string | undefined {
  return isDone(response) ? text(response.id) : undefined;
}

function isDone({ status }: ResponseObject): boolean {
  return typeof status === 'string' && status !== 'queued' && status !== 'in_progress';
}

/** A response may fail after it was accepted; then the HTTP status says 200 and the response says why. */
function failureIn({ status, error }: ResponseObject): string | undefined {
  if (status === 'cancelled') return 'cancelled';
  return status === 'failed' ? safeCode(fields(error).code) : undefined;
}

/** A code, not a sentence: it becomes a label. */
export function safeCode(code: unknown): string {
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : '_OTHER';
}

function foldResponse(soFar: ResponseObject | undefined, event: unknown, keepContent: boolean): ResponseObject {
  const { response, type, delta } = fields(event);
  if (response !== undefined) return fields(response);
  if (!keepContent || type !== 'response.output_text.delta' || typeof delta !== 'string') return soFar ?? {};
  const { partial } = fields(soFar);
  return { ...soFar, partial: `${text(partial) ?? ''}${delta}` };
}

/** Searches are billed by the call. */
function webSearches({ output }: ResponseObject): number | undefined {
  const searches = list(output).filter((item) => fields(item).type === 'web_search_call').length;
  return searches === 0 ? undefined : searches;
}
