import type { Answered } from '@tallyspan/facts';
import { type AnyCall, call } from '../../adapter.ts';
import type { AskedContent, Message } from '../../content.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { refused, reported } from './reported.ts';
import { responseFormat } from './request.ts';
import { safeCode } from './responses.ts';
import { chatUsage } from './usage.ts';

/** A run of an assistant; of a stream, its last state. */
type Run = Readonly<Record<string, unknown>>;

/**
 * `beta.threads.runs.create` and `beta.threads.createAndRun`, which `createAndPoll`, `stream` and the others call inside: the
 * provider's own agent works on a thread. The answer is only a ticket; the span lasts until somebody sees the run done, through tool
 * calls of the caller's as well. The provider retires this API for responses and conversations.
 * Source: OpenAI API reference, "Runs"; OpenTelemetry GenAI conventions, "Invoke agent client span".
 */
function run(bodyAt: 0 | 1): AnyCall {
  const bodyOf = (args: readonly unknown[]) => fields(args[bodyAt]);
  return call<readonly unknown[], Run, unknown>({
    operation: 'invoke_agent',
    asked(args) {
      const body = bodyOf(args);
      return {
        agentId: text(body.assistant_id),
        conversationId: bodyAt === 1 ? text(args[0]) : undefined,
        requestModel: text(body.model),
        stream: body.stream === true ? true : undefined,
        maxTokens: count(body.max_completion_tokens),
        temperature: number(body.temperature),
        topP: number(body.top_p),
        outputType: responseFormat(body.response_format),
        reasoningLevel: text(body.reasoning_effort),
      };
    },
    answered: (state, answering) => ({ ...reported(answering), ...answeredBy(state) }),
    refused,
    opens: (state) => (state.status !== undefined && !isDone(state) ? text(state.id) : undefined),
    failed: failureIn,
    fold: lastState,
    content: { asked: (args) => contentOf(bodyOf(args)), answered: () => ({}) },
  });
}

export const runCreated = run(1);
export const threadCreatedAndRun = run(0);

/** `retrieve`, `submitToolOutputs` and `cancel` belong to a run that has its span. */
export const runSeen = call<readonly unknown[], Run, unknown>({
  operation: 'invoke_agent',
  silent: true,
  asked: () => ({}),
  answered: () => ({}),
  closes: (state) => (isDone(state) ? text(state.id) : undefined),
  fold: lastState,
});

/** `requires_action` waits for the caller's tools, and then the run goes on. */
const UNDERWAY = new Set<unknown>(['queued', 'in_progress', 'cancelling', 'requires_action']);

function isDone({ status }: Run): boolean {
  return typeof status === 'string' && !UNDERWAY.has(status);
}

/** Streams tell each state of the run as `{ event: 'thread.run.completed', data: run }`; the rest is messages and steps. */
function lastState(soFar: Run | undefined, chunk: unknown): Run {
  const { event, data } = fields(chunk);
  const isState = typeof event === 'string' && /^thread\.run\.[a-z_]+$/.test(event);
  return isState ? fields(data) : (soFar ?? {});
}

function answeredBy(state: Run): Answered {
  return {
    agentId: text(state.assistant_id),
    conversationId: text(state.thread_id),
    responseId: text(state.id),
    responseModel: text(state.model),
    responseStatus: text(state.status),
    finishReasons: finishReasons(state),
    ...chatUsage(state.usage),
  };
}

function finishReasons(state: Run): string[] | undefined {
  if (!isDone(state)) return undefined;
  if (state.status === 'completed') return ['stop'];
  const reason = text(fields(state.incomplete_details).reason);
  return [reason === 'max_completion_tokens' ? 'length' : (reason ?? 'error')];
}

function failureIn(state: Run): string | undefined {
  if (state.status === 'failed') return safeCode(fields(state.last_error).code);
  return state.status === 'expired' || state.status === 'cancelled' ? state.status : undefined;
}

function contentOf(body: Readonly<Record<string, unknown>>): AskedContent {
  const { instructions, additional_instructions, additional_messages, thread } = body;
  return {
    system: [instructions, additional_instructions].flatMap((said) =>
      typeof said === 'string' ? [{ type: 'text', content: said }] : [],
    ),
    input: [...list(fields(thread).messages), ...list(additional_messages)].map((value): Message => {
      const { role, content } = fields(value);
      const parts =
        typeof content === 'string' ? [content] : list(content).map((part) => text(fields(part).text) ?? '');
      return { role: text(role) ?? 'user', parts: parts.map((said) => ({ type: 'text', content: said })) };
    }),
  };
}
