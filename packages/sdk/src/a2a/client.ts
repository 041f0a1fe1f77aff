import { type Facts, limits } from '@tallyspan/facts';
import { Begun } from '../begin.ts';
import { outgoingHeaders } from '../carry/headers.ts';
import { runIn } from '../context.ts';
import { describeFailure, type Failure, isAbort } from '../failure.ts';
import { contentRules } from '../kernel.ts';
import type { WatchOptions } from '../options.ts';
import { add, fields, text } from '../read.ts';
import { type Method, originalOf, shadow } from '../shadow.ts';
import { type Follower, follow } from './follow.ts';
import { Remembered } from './remembered.ts';
import { failureOf, requestFacts, type TaskFacts, taskFacts } from './task.ts';

/** Methods of a client, and the protocol's names for what they do. */
const methods: Readonly<Record<string, string>> = {
  sendMessage: 'SendMessage',
  sendMessageStream: 'SendStreamingMessage',
  getTask: 'GetTask',
  cancelTask: 'CancelTask',
  resubscribeTask: 'SubscribeToTask',
};

/** A client of `@a2a-js/sdk`, or the prototype of one. The transports below it have the same methods, and no card of their own. */
export function isClient(value: unknown): value is object {
  const client = fields(value);
  return [...Object.keys(methods), 'getAgentCard'].every((name) => typeof client[name] === 'function');
}

/** Each request to another agent is one `a2a_send` span, and carries where we are. Answers how to stop. */
export function watchClient(holder: object, options: WatchOptions): (() => void)[] {
  return Object.entries(methods).map(([name, a2aMethod]) => {
    // Its class may be watched too: the options of this one win, and a message is recorded once.
    const method = originalOf(fields(holder)[name] as Method);
    return shadow(holder, name, method, function (this: unknown, ...args: unknown[]) {
      return send(this as object, a2aMethod, args, options, (sent) => Reflect.apply(method, this, sent) as unknown);
    });
  });
}

function send(
  client: object,
  a2aMethod: string,
  args: readonly unknown[],
  options: WatchOptions,
  call: (args: readonly unknown[]) => unknown,
): unknown {
  let begun: Begun;
  let sent = args;
  try {
    begun = new Begun(asked(client, a2aMethod, args[0]));
    const headers = runIn(begun.frame, () => outgoingHeaders());
    sent = [carriesHeaders(client) ? args[0] : withMetadata(args[0], headers), withHeaders(args[1], headers)];
  } catch {
    return call(args);
  }
  const follower = new Sending(begun, contentRules(options).capture === true);
  try {
    return follow(
      runIn(begun.frame, () => call(sent)),
      begun.frame,
      follower,
    );
  } catch (error) {
    follower.failed(error);
    throw error;
  }
}

function asked(client: object, a2aMethod: string, params: unknown): Facts {
  const { transport, agentCard } = fields(client);
  const { name } = fields(agentCard);
  const { protocolVersion, endpoint, base } = fields(transport);
  const facts: Facts = { operation: 'a2a_send', side: 'client', a2aMethod, ...requestFacts(params) };
  add<Facts>(facts, { peerAgent: text(name), a2aProtocolVersion: text(protocolVersion) } as Partial<Facts>);
  // A transport that adds a tenant to what it sends stands in front of the real one.
  const url = text(endpoint) ?? text(fields(base)['endpoint']);
  if (url !== undefined && URL.canParse(url)) {
    const { hostname, port, protocol } = new URL(url);
    facts.serverAddress = hostname.replace(/^\[|\]$/g, '');
    facts.serverPort = Number(port) || (protocol === 'http:' ? 80 : 443);
  }
  const message = facts.a2aMessageId;
  if (message !== undefined) {
    const before = timesSent(client).get(message) ?? 0;
    if (before > 0) facts.retryCount = before;
    timesSent(client).set(message, before + 1);
  }
  return facts;
}

/** How often each message went out: the protocol has no other sign of a retry than its id, by which the server knows it too. */
const sentBefore = new WeakMap<object, Remembered<number>>();
function timesSent(client: object): Remembered<number> {
  const known = sentBefore.get(client) ?? new Remembered<number>(limits.a2aTasksMax);
  sentBefore.set(client, known);
  return known;
}

/** The protocol's own bindings pass service parameters on as headers (gRPC: metadata). Others may not. */
const BINDINGS = new Set(['JSONRPC', 'HTTP+JSON', 'GRPC']);

function carriesHeaders(client: object): boolean {
  return BINDINGS.has(text(fields(fields(client)['transport'])['protocolName'])?.toUpperCase() ?? '');
}

/** Options with our headers beside the caller's, which win. */
function withHeaders(options: unknown, headers: Readonly<Record<string, string>>): unknown {
  const { serviceParameters } = fields(options);
  const theirs = fields(serviceParameters);
  const taken = new Set(Object.keys(theirs).map((name) => name.toLowerCase()));
  const ours = Object.entries(headers).filter(([name]) => !taken.has(name));
  return { ...fields(options), serviceParameters: { ...Object.fromEntries(ours), ...theirs } };
}

/** A message with our headers in its metadata, on a copy; what asks about a task has none. */
function withMetadata(params: unknown, headers: Readonly<Record<string, string>>): unknown {
  const { message } = fields(params);
  if (typeof message !== 'object' || message === null) return params;
  const metadata = { ...headers, ...fields(fields(message)['metadata']) };
  return { ...fields(params), message: { ...message, metadata } };
}

class Sending implements Follower {
  readonly #begun: Begun;
  readonly #keepsText: boolean;
  #chunks = 0;
  #known: TaskFacts = {};

  constructor(begun: Begun, keepsText: boolean) {
    this.#begun = begun;
    this.#keepsText = keepsText;
  }

  said(value: unknown): void {
    this.#chunks++;
    this.#known = { ...this.#known, ...taskFacts(value) };
  }

  done(how?: string): void {
    if (how !== undefined) this.#begun.facts.endedBy = how;
    this.#end(how === 'aborted' ? ABORTED : failureOf(this.#known));
  }

  failed(error: unknown): void {
    if (isAbort(error)) this.#begun.facts.endedBy = 'aborted';
    const { code } = fields(error);
    if (typeof code === 'number') this.#begun.facts.rpcStatusCode = String(code);
    this.#end(describeFailure(error, this.#keepsText));
  }

  #end(failure: Failure | undefined): void {
    add<Facts>(this.#begun.facts, this.#known);
    if (this.#begun.facts.a2aMethod === 'SendStreamingMessage') this.#begun.facts.chunkCount = this.#chunks;
    this.#begun.end(failure);
  }
}

const ABORTED: Failure = { errorType: 'aborted', statusMessage: 'aborted' };
