import { limits, TallyError } from '@tallyspan/facts';
import { serverUrl, target } from '../environment.ts';
import type { Target } from '../otlp/post.ts';
import { text } from '../read.ts';
import { state } from '../state.ts';
import { sendSpansAs } from './span-credentials.ts';
import { senderFor, warnOfClient } from './task-sender.ts';
import type { TaskTrace } from './task-trace.ts';
import { type Trace, traceFor, type TraceOptions } from './trace.ts';

export interface ClientOptions {
  /** Default: `TALLYSPAN_AGENT_ID`. */
  agentId?: string;
  /** Default: `TALLYSPAN_AGENT_SECRET`. A key of the server that may send (`ingest`). Never recorded or logged. */
  agentSecret?: string;
  /**
   * The server, without `/agents`. Default: `TALLYSPAN_ENDPOINT`, else where the spans go, unless they go there with headers of their
   * own: that may be somebody else's server, which must not see the secret.
   */
  endpoint?: string;
}

export interface ClientTraceOptions extends TraceOptions {
  /** Send the trace when the function has returned or failed. Default true; else {@link Client.send} does. */
  autoSend?: boolean;
}

export interface Client {
  readonly agentId: string | undefined;
  /**
   * As `trace()`, and sends the trace to the server when the function has returned or failed: in the background, and before the
   * process ends. Also a decorator: `@client.trace('Summarise article')`.
   */
  readonly trace: Trace<ClientTraceOptions>;
  /** Sends a trace, of whatever `trace()` it is. Never throws. */
  send(trace: TaskTrace): void;
  /** Sends what waits. Resolves when it is sent, or after `timeoutMs` (default 2,000). Never rejects. */
  flush(timeoutMs?: number): Promise<void>;
  /** Why traces do not reach the server, as an error that says what to do. Undefined while all is well. */
  readonly problem: TallyError | undefined;
  /** What became of the traces, of all clients of this agent. */
  readonly counts: { readonly sent: number; readonly dropped: number };
}

/**
 * A client that reports the tasks of one agent under its own id and secret. Nothing that goes wrong here reaches the functions it
 * traces: without credentials, with wrong ones or without a server they run as before, and one diagnostic line and `problem` say why.
 *
 * A task reaches a server twice, as spans (OTLP) and as a task trace, and is counted once: the task names its trace and the span of each
 * step, and the server keeps the first that it hears of a span. So a task is complete where no spans arrive, and spans keep their
 * detail where both do. Spans that go to the same server say who sends them by the same secret, unless `init()` or
 * `OTEL_EXPORTER_OTLP_HEADERS` has a key of its own; with an `endpoint` here and none elsewhere, spans go there too.
 *
 * @example
 * const client = createClient({ agentId: 'summariser', agentSecret: process.env.SUMMARISER_SECRET });
 * const summarise = client.trace('Summarise article', async (article: string) => …);
 */
export function createClient(options: ClientOptions = {}): Client {
  const agentId = text(options.agentId) ?? text(process.env.TALLYSPAN_AGENT_ID);
  const secret = (text(options.agentSecret) ?? text(process.env.TALLYSPAN_AGENT_SECRET))?.trim();
  const endpoint = text(options.endpoint) ?? text(process.env.TALLYSPAN_ENDPOINT);
  const missing = lacking(agentId, secret);
  const sender = missing
    ? undefined
    : senderFor(agentId!, secret!, endpoint, () => targetOf(agentId!, secret!, endpoint));
  if (sender) sendSpansAs({ endpoint, secret: secret! });
  else warnOfClient('AGENT_CREDENTIALS_MISSING', missing!);
  const send = (trace: TaskTrace) => {
    if (process.env.OTEL_SDK_DISABLED !== 'true') sender?.add(trace);
  };
  return {
    agentId,
    trace: traceFor(({ autoSend = true }) => ({
      ...(agentId !== undefined && { agent: agentId }),
      ...(autoSend && { ended: ({ trace }) => send(trace) }),
    })),
    send,
    flush: async (timeoutMs = limits.exitDelayMsMax) => sender?.flush(timeoutMs),
    get problem() {
      return missing ?? sender?.problem;
    },
    get counts() {
      return { sent: sender?.counts.sent ?? 0, dropped: sender?.counts.dropped ?? 0 };
    },
  };
}

/** What may stand in a header. */
const PRINTABLE = /^[\u0021-\u007e]+$/;

function lacking(agentId: string | undefined, secret: string | undefined): TallyError | undefined {
  const lacks = agentId === undefined ? 'agent id' : secret === undefined ? 'secret' : undefined;
  const missing = lacks ?? (PRINTABLE.test(secret!) ? undefined : 'secret that fits into a header');
  return missing === undefined ? undefined : new TallyError('AGENT_CREDENTIALS_MISSING', { missing });
}

function targetOf(agentId: string, secret: string, endpoint: string | undefined): Target | undefined {
  // Spans go to `<endpoint>/v1/traces`, by the rules of OpenTelemetry.
  const spans = target('traces', endpoint === undefined ? state.options : { endpoint }, process.env);
  // A receiver of spans that has keys or headers of its own may be somebody else's: our secret is not for it.
  if (!spans || (endpoint === undefined && Object.keys(spans.headers).length > 0)) return undefined;
  const url = serverUrl(spans, `/agents/${encodeURIComponent(agentId)}/trace`);
  if (!url) return undefined;
  const { timeoutMs, compress, tls } = spans;
  return {
    url,
    timeoutMs,
    compress,
    ...(tls && { tls }),
    contentType: 'application/json',
    headers: { ...(PRINTABLE.test(agentId) && { 'x-agent-id': agentId }), 'x-agent-key': secret },
  };
}
