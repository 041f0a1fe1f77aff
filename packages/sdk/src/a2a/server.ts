import type { Facts, Identity } from '@tallyspan/facts';
import { asAgent } from '../agent.ts';
import { Begun } from '../begin.ts';
import { fromHeaders } from '../carry/headers.ts';
import { currentIdentity, runIn } from '../context.ts';
import { describeFailure } from '../failure.ts';
import { contentRules } from '../kernel.ts';
import type { WatchOptions } from '../options.ts';
import { add, fields, text } from '../read.ts';
import { type Method, originalOf, shadow } from '../shadow.ts';
import { follow } from './follow.ts';
import { countStream } from './lifecycle.ts';
import { Serving } from './serving.ts';
import { requestFacts, taskFacts } from './task.ts';

/** Methods of a request handler, and the protocol's names for what they do. */
const methods: Readonly<Record<string, string>> = {
  sendMessage: 'SendMessage',
  sendMessageStream: 'SendStreamingMessage',
  getTask: 'GetTask',
  cancelTask: 'CancelTask',
  resubscribe: 'SubscribeToTask',
};

export function isHandler(value: unknown): value is object {
  const handler = fields(value);
  return [...Object.keys(methods), 'getAgentCard'].every((name) => typeof handler[name] === 'function');
}

export function isExecutor(value: unknown): value is object {
  const { execute, cancelTask, sendMessage } = fields(value);
  return typeof execute === 'function' && typeof cancelTask === 'function' && sendMessage === undefined;
}

/** Each request of another agent is one `a2a_execute` span, as long as the agent works on it. Answers how to stop. */
export function watchHandler(holder: object, options: WatchOptions): (() => void)[] {
  const executor = fields(holder)['agentExecutor'];
  const undo = isExecutor(executor) ? watchExecutor(executor, options) : [];
  for (const [name, a2aMethod] of Object.entries(methods)) {
    const method = originalOf(fields(holder)[name] as Method);
    undo.push(
      shadow(holder, name, method, function (this: unknown, ...args: unknown[]) {
        return handle(this as object, a2aMethod, args, options, () => Reflect.apply(method, this, args) as unknown);
      }),
    );
  }
  return undo;
}

/** The agent behind a handler, for whom only that is at hand; with a watched handler the work is part of its span. */
export function watchExecutor(executor: object, options: WatchOptions): (() => void)[] {
  const method = fields(executor)['execute'] as Method;
  if (originalOf(method) !== method) return [];
  return [
    shadow(executor, 'execute', method, function (this: unknown, ...args: unknown[]) {
      return execute(args, options, () => Reflect.apply(method, this, args) as unknown);
    }),
  ];
}

/** Requests that are handled now, by the context that the library hands from the handler to the agent. */
const servings = new WeakMap<object, Serving>();

function handle(
  handler: object,
  a2aMethod: string,
  [params, context]: readonly unknown[],
  options: WatchOptions,
  call: () => unknown,
): unknown {
  let serving: Serving;
  try {
    const { agentCard, agentExecutor } = fields(handler);
    // For a handler of a class that is watched as a whole.
    if (isExecutor(agentExecutor)) watchExecutor(agentExecutor, options);
    serving = serve(a2aMethod, params, context, fields(agentCard), options);
    if (typeof context === 'object' && context !== null) servings.set(context, serving);
  } catch {
    return call();
  }
  let isOpen = false;
  const closed = () => {
    if (isOpen) countStream(-1, serving.identity);
    isOpen = false;
  };
  try {
    return follow(runIn(serving.frame, call), serving.frame, {
      opened: () => {
        isOpen = true;
        countStream(1, serving.identity);
      },
      said: (value) => {
        serving.knows(taskFacts(value));
        if (a2aMethod === 'CancelTask') serving.told();
      },
      done: () => {
        closed();
        serving.release();
      },
      failed: (error) => {
        closed();
        serving.release(describeFailure(error, contentRules(options).capture === true));
      },
    });
  } catch (error) {
    serving.release(describeFailure(error, contentRules(options).capture === true));
    throw error;
  }
}

function execute(args: readonly unknown[], options: WatchOptions, call: () => unknown): unknown {
  const [request, bus] = args;
  const { taskId, contextId, context, userMessage } = fields(request);
  let serving: Serving;
  let stopListening: () => void;
  try {
    const known = typeof context === 'object' && context !== null ? servings.get(context) : undefined;
    const isPart = known?.isOpen === true && known.isOf(text(fields(userMessage)['messageId']));
    serving = isPart ? known : serve('SendMessage', { message: userMessage }, context, {}, options);
    if (isPart) serving.hold();
    const [task, conversation] = [text(taskId), text(contextId)];
    serving.knows({
      ...(task !== undefined && { a2aTaskId: task }),
      ...(conversation !== undefined && { conversationId: conversation }),
    });
    stopListening = listen(bus, serving);
  } catch {
    return call();
  }
  const failed = (error: unknown) => {
    stopListening();
    // The library tells the caller so, when everybody who listened has gone.
    serving.knows({ a2aTaskState: 'failed' });
    serving.told();
    serving.release(describeFailure(error, contentRules(options).capture === true));
  };
  try {
    return follow(runIn(serving.frame, call), serving.frame, {
      said: () => {},
      done: () => {
        stopListening();
        serving.release();
      },
      failed,
    });
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** Hears what the agent says of its task, in the order in which its caller will. */
function listen(bus: unknown, serving: Serving): () => void {
  const { on, off } = fields(bus);
  if (typeof on !== 'function' || typeof off !== 'function') return () => {};
  const listener = (event: unknown) => {
    try {
      serving.knows(taskFacts(event));
      serving.told();
    } catch {
      // What cannot be read is the caller's to find out.
    }
  };
  Reflect.apply(on, bus, ['event', listener]);
  return () => void Reflect.apply(off, bus, ['event', listener]);
}

/** A span of ours, where the caller says it is, as the agent of the card. */
function serve(
  a2aMethod: string,
  params: unknown,
  context: unknown,
  card: Readonly<Record<string, unknown>>,
  { trust }: WatchOptions,
): Serving {
  const { requestedVersion } = fields(context);
  return fromHeaders(
    headersOf(params, context),
    () => {
      const around = currentIdentity();
      const facts: Facts = { operation: 'a2a_execute', side: 'server', a2aMethod, ...requestFacts(params) };
      const known = { peerAgent: around.agent, a2aProtocolVersion: text(requestedVersion) };
      add<Facts>(facts, known as Partial<Facts>);
      return new Serving(new Begun(facts, calledAgent(around, text(card['name']), text(card['version']))));
    },
    { ...(trust && { trust }) },
  );
}

/** Who is called: an agent of its own, in the run and session of the one that called. */
function calledAgent(caller: Identity, name: string | undefined, version: string | undefined): Identity {
  const identity = asAgent(caller, { agent: name ?? '', agentVersion: version });
  if (name === undefined) delete identity.agent;
  return identity;
}

/** Over HTTP and gRPC the library keeps the headers in the call's context; other transports leave them in the message. */
function headersOf(params: unknown, context: unknown): Record<string, string | undefined> {
  const { state } = fields(context);
  const headers = fields(state instanceof Map ? state.get('headers') : undefined);
  const metadata = fields(fields(fields(params)['message'])['metadata']);
  const from =
    headers['traceparent'] === undefined && headers['baggage'] === undefined ? { ...headers, ...metadata } : headers;
  return from as Record<string, string | undefined>;
}
