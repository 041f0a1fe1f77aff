import { type Facts, type Identity, limits } from '@tallyspan/facts';
import { Begun } from '../begin.ts';
import { readBaggage } from '../carry/carried-identity.ts';
import { frameOf } from '../carry/carrier.ts';
import { readTraceParent } from '../carry/trace-parent.ts';
import { contentText } from '../content.ts';
import { currentSpan, runIn } from '../context.ts';
import { describeFailure, type Failure } from '../failure.ts';
import { contentRules } from '../kernel.ts';
import { currentTool } from '../open-tools.ts';
import type { WatchOptions } from '../options.ts';
import { add, fields, text } from '../read.ts';
import { type Method, own, shadow } from '../shadow.ts';
import { environment } from '../state.ts';
import { intercept } from './intercept.ts';
import {
  agreedVersion,
  answerOf,
  askedFacts,
  cancellationOf,
  cancelledBy,
  failureOf,
  type Request,
  requestOf,
} from './messages.ts';
import { withContext } from './outgoing.ts';
import { requestFacts, transportFacts } from './transport-facts.ts';

/** A request that waits for its answer. */
interface Open {
  id: string;
  begun: Begun;
  /** It is the work of a tool that has a span already: what is known is added there, and it ends by itself. */
  isPart: boolean;
}

/** Says that messages on a transport are seen already, whichever copy of us does it. */
const WATCHED = Symbol.for('tallyspan.mcp.1');

/**
 * Watches the messages on a transport: requests become spans where they leave (client) and where they arrive (server), and an answer ends
 * them. Both ends may ask, and both majors of the library speak the same language here. Answers how to stop, or undefined where the
 * transport is watched already.
 */
export function watchTransport(transport: object, options: WatchOptions): (() => void) | undefined {
  if ((transport as { [WATCHED]?: true })[WATCHED]) return undefined;
  const connection = new Connection(transport, options);
  const undo: (() => void)[] = [];
  const send = fields(transport)['send'] as Method;
  undo.push(
    shadow(transport, 'send', send, function (this: unknown, ...args: unknown[]) {
      return connection.send(args, (sent) => Reflect.apply(send, this, sent) as unknown);
    }),
    intercept(
      transport,
      'onmessage',
      (handler) =>
        function (this: unknown, ...args) {
          return connection.receive(args, () => Reflect.apply(handler, this, args));
        },
    ),
    intercept(
      transport,
      'onclose',
      (handler) =>
        function (this: unknown, ...args) {
          connection.closed();
          return Reflect.apply(handler, this, args);
        },
    ),
  );
  own(transport, WATCHED, true);
  return () => {
    connection.closed();
    for (const each of undo) each();
    delete (transport as { [WATCHED]?: true })[WATCHED];
  };
}

class Connection {
  readonly #transport: object;
  readonly #options: WatchOptions;
  /** What we asked and what we were asked, by the id that its asker gave it. */
  readonly #asked = new Map<string, Open>();
  readonly #serving = new Map<string, Open>();
  /** The library may hand a message from one handler to the next. */
  readonly #seen = new WeakSet<object>();
  #version: string | undefined;

  constructor(transport: object, options: WatchOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  send(args: readonly unknown[], send: (args: readonly unknown[]) => unknown): unknown {
    const [message, ...rest] = args;
    let open: Open | undefined;
    let sent = args;
    try {
      const request = requestOf(message);
      if (request) {
        open = this.#ask(request);
        if (open) {
          const { frame } = open.begun;
          sent = [runIn(frame, () => withContext(message as Record<string, unknown>)), ...rest];
          // The second major calls a request over HTTP off by cutting its connection.
          onAbort(fields(rest[0])['requestSignal'], () => this.#ended(request.id, cancelledBy('')));
        }
      } else this.#told(message, this.#asked, this.#serving, 'server');
    } catch {
      // The message goes out as it came.
    }
    if (!open) return send(sent);
    const { id } = open;
    const failed = (error: unknown) => this.#ended(id, describeFailure(error, this.#keepsText));
    try {
      const result = runIn(open.begun.frame, () => send(sent));
      // Every caller looks after the failure itself.
      if (result instanceof Promise) result.then(undefined, failed);
      return result;
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  receive([message, extra]: readonly unknown[], pass: () => unknown): unknown {
    let open: Open | undefined;
    try {
      open = this.#received(message, extra);
    } catch {
      // The message goes on as it came.
    }
    return open ? runIn(open.begun.frame, pass) : pass();
  }

  #received(message: unknown, extra: unknown): Open | undefined {
    if (typeof message !== 'object' || message === null || this.#seen.has(message)) return undefined;
    this.#seen.add(message);
    const request = requestOf(message);
    if (request) return this.#serve(request, extra);
    this.#told(message, this.#serving, this.#asked, 'client');
    return undefined;
  }

  /** Nothing that is open will be answered any more. */
  closed(): void {
    for (const waiting of [this.#asked, this.#serving]) {
      for (const open of waiting.values()) end(open, CLOSED);
      waiting.clear();
    }
  }

  get #keepsText(): boolean {
    return contentRules(this.#options).capture === true;
  }

  #ask(request: Request): Open | undefined {
    const facts = this.#facts(request);
    const tool = request.method === 'tools/call' ? currentTool() : undefined;
    if (tool && covers(tool.facts, facts)) {
      const { operation: _, toolName: __, ...known } = facts;
      for (const [key, value] of Object.entries(known))
        if (tool.facts[key as keyof Facts] === undefined) Object.assign(tool.facts, { [key]: value });
      return keep(this.#asked, { id: request.id, begun: tool, isPart: true });
    }
    return keep(this.#asked, { id: request.id, begun: new Begun({ ...facts, side: 'client' }), isPart: false });
  }

  #serve(request: Request, extra: unknown): Open | undefined {
    const meta = fields(request.params['_meta']);
    const ambient = currentSpan();
    const parent = readTraceParent(meta['traceparent'], meta['tracestate']);
    const frame = frameOf(parent, readBaggage(text(meta['baggage']), new Set(this.#options.trust)));
    const tenant = frame.identity.tenant ?? environment().tenant;
    const identity: Identity = { ...frame.identity, ...(tenant !== undefined && { tenant }) };
    const facts = { ...this.#facts(request), ...requestFacts(extra), side: 'server' as const };
    const begun = new Begun(facts, identity, {
      parent: parent ?? ambient,
      around: frame,
      ...(ambient && parent && ambient.spanId !== parent.spanId && { links: [ambient] }),
    });
    return keep(this.#serving, { id: request.id, begun, isPart: false });
  }

  #facts(request: Request): Facts {
    const facts: Facts = { ...askedFacts(request), ...transportFacts(this.#transport) };
    if (this.#version !== undefined) facts.mcpProtocolVersion ??= this.#version;
    const rules = contentRules(this.#options);
    if (rules.capture && request.method === 'tools/call')
      add<Facts>(facts, { toolArguments: contentText(request.params['arguments'], rules) } as Partial<Facts>);
    return facts;
  }

  /** A request of ours that will have no answer. */
  #ended(id: string, failure: Failure): void {
    const open = taken(this.#asked, id);
    if (open) end(open, failure);
  }

  /** An answer ends what the other end of it asked; a cancellation what its sender asked. */
  #told(message: unknown, ofSender: Map<string, Open>, ofReceiver: Map<string, Open>, side: 'client' | 'server'): void {
    const cancelled = cancellationOf(message);
    if (cancelled) {
      const open = taken(ofSender, cancelled.id);
      if (open) end(open, cancelledBy(cancelled.reason));
    }
    const answer = answerOf(message);
    const open = answer && taken(ofReceiver, answer.id);
    if (!open || open.begun.ended) return;
    const { facts } = open.begun;
    // A session begins with the answer to the first request.
    add<Facts>(facts, transportFacts(this.#transport));
    if (facts.mcpMethod === 'initialize') {
      this.#version = agreedVersion(answer) ?? this.#version;
      add<Facts>(facts, { mcpProtocolVersion: this.#version } as Partial<Facts>);
    }
    const rules = contentRules(this.#options);
    if (rules.capture && facts.operation === 'execute_tool' && !answer.error && facts.toolResult === undefined)
      add<Facts>(facts, { toolResult: contentText(answer.result['content'], rules) } as Partial<Facts>);
    end(open, failureOf(answer, side, facts, rules.capture === true));
  }
}

const CLOSED: Failure = { errorType: 'connection_closed', statusMessage: 'connection closed' };

/** More than the limit go unrecorded. */
function keep(waiting: Map<string, Open>, open: Open): Open | undefined {
  if (waiting.size >= limits.mcpRequestsOpenMax) return undefined;
  const before = waiting.get(open.id);
  if (before) end(before);
  waiting.set(open.id, open);
  return open;
}

function taken(waiting: Map<string, Open>, id: string): Open | undefined {
  const open = waiting.get(id);
  waiting.delete(id);
  return open;
}

function end({ begun, isPart }: Open, failure?: Failure): void {
  if (failure?.errorType === 'aborted') begun.facts.endedBy = 'aborted';
  if (!isPart) begun.end(failure);
  else if (failure) begun.fault = failure;
}

/**
 * Whether a tool's span stands for this call as well: the tool is the one that is called, or a framework's name for it
 * (`files_read`, `mcp__files__read`). A tool of another name that makes several calls is more than any of them.
 */
function covers(tool: Facts, call: Facts): boolean {
  if (tool.mcpMethod !== undefined || tool.toolName === undefined || call.toolName === undefined) return false;
  return tool.toolName === call.toolName || new RegExp(`[^a-zA-Z0-9]${escaped(call.toolName)}$`).test(tool.toolName);
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function onAbort(signal: unknown, then: () => void): void {
  if (signal instanceof AbortSignal) signal.addEventListener('abort', then, { once: true });
}
