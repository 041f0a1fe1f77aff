import { diag } from '@opentelemetry/api';
import { type ErrorCode, limits, TallyError } from '@tallyspan/facts';
import { pricesSettled } from '../cost.ts';
import { sendBeforeExit } from '../exit.ts';
import { post, type Sent, type Target } from '../otlp/post.ts';
import { state } from '../state.ts';
import { taskBody } from './task-body.ts';
import type { TaskTrace } from './task-trace.ts';

/** Spans leave a tenth of a second after their end. Tasks come after them: the first that says something of a span is kept. */
const PAUSE_MS = 2 * limits.exportIntervalMs;
const PAUSE_MS_MAX = 30_000;

/** By what they send as and where to. A program may make a client for every request; its tasks still leave in one line. */
const senders = new Map<string, TaskSender>();

/** Sends what waits of all clients. */
export async function flushTasks(timeoutMs: number): Promise<void> {
  await Promise.all([...senders.values()].map((sender) => sender.flush(timeoutMs)));
}

/** `targetOf` is asked when something is sent, as `init()` may come after the client. */
export function senderFor(
  agentId: string,
  secret: string,
  endpoint: string | undefined,
  targetOf: () => Target | undefined,
): TaskSender {
  const key = JSON.stringify([agentId, secret, endpoint]);
  const known = senders.get(key);
  if (known) return known;
  const sender = new TaskSender(agentId, targetOf);
  senders.set(key, sender);
  return sender;
}

/**
 * Sends the traces of one agent in the background, one at a time, from a queue that is bounded by bytes. Adding never waits or
 * throws; what does not reach the server is tried again while the program runs, and said once.
 */
class TaskSender {
  /** What became of them. */
  readonly counts = { sent: 0, dropped: 0 };
  problem: TallyError | undefined;
  readonly #agentId: string;
  readonly #targetOf: () => Target | undefined;
  #ended: TaskTrace[] = [];
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #pauseMs = PAUSE_MS;
  #refused = false;

  constructor(agentId: string, targetOf: () => Target | undefined) {
    this.#agentId = agentId;
    this.#targetOf = targetOf;
    sendBeforeExit(this);
  }

  /** Takes a trace that has ended. It is read a moment later, when streams that outlive their function may have ended too. */
  add(trace: TaskTrace): void {
    if (this.#refused) return void this.counts.dropped++;
    this.#ended.push(trace);
    if (this.#ended.length >= limits.unsettledTasksMax) this.#settle();
    this.#wake();
  }

  hasWork(): boolean {
    return this.#ended.length > 0 || this.#queue.length > 0;
  }

  /** Sends what waits: the spans first, then the tasks. Resolves when it is sent, or given up until later, or after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    if (!this.hasWork()) return this.#sending;
    const deadline = Date.now() + timeoutMs;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    const work = async () => {
      await state.recorder?.flush(timeoutMs / 2);
      await this.#sending;
      await (this.#sending ??= this.#send(true, deadline));
    };
    await Promise.race([work(), late]);
    clearTimeout(timer);
  }

  #wake(): void {
    if (this.#timer || this.#sending) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending ??= this.#send(false, Infinity);
    }, this.#pauseMs);
    this.#timer.unref();
  }

  /** Never rejects. */
  async #send(hold: boolean, deadline: number): Promise<void> {
    try {
      await pricesSettled();
      this.#settle();
      const target = this.#targetOf();
      while (target && this.#queue.length > 0 && Date.now() < deadline) {
        const timeoutMs = Math.min(target.timeoutMs, deadline - Date.now());
        const sent = await post({ ...target, timeoutMs }, this.#queue[0]!, hold);
        if (!this.#after(sent, target)) break;
      }
      if (!target) this.#nowhere();
    } catch {
      // Nothing of this may reach the program.
    }
    this.#sending = undefined;
    if (this.hasWork()) this.#wake();
  }

  /** Answers whether to go on with the next one. */
  #after(sent: Sent, target: Target): boolean {
    if (sent.outcome === 'again') {
      this.#report('TASK_NOT_SENT', target, sent.reason, 'It is sent again while the program runs.');
      this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, 1_000) * (0.5 + Math.random() / 2), PAUSE_MS_MAX);
      return false;
    }
    this.#pauseMs = PAUSE_MS;
    if (sent.outcome === 'ok') {
      this.counts.sent++;
      this.#queuedBytes -= this.#queue.shift()!.length;
      return true;
    }
    const status = sent.reason.replace('HTTP ', '');
    // Only another secret would change that.
    this.#refused = status === '401' || status === '403';
    if (this.#refused) this.#report('AGENT_REFUSED', target, status, '');
    else this.#report('TASK_NOT_SENT', target, sent.reason, 'The server does not take it, so it is not sent again.');
    this.#drop(this.#refused ? this.#queue.length : 1);
    return !this.#refused;
  }

  #settle(): void {
    for (const trace of this.#ended.splice(0)) {
      try {
        const body = taskBody(trace);
        if (this.#queuedBytes + body.length > limits.exportBufferBytesMax) throw new RangeError('no room');
        this.#queue.push(body);
        this.#queuedBytes += body.length;
      } catch {
        this.counts.dropped++;
      }
    }
  }

  #nowhere(): void {
    this.problem = new TallyError('AGENT_CREDENTIALS_MISSING', { missing: 'endpoint' });
    warnOfClient(`endpoint:${this.#agentId}`, this.problem);
    this.#drop(this.#queue.length);
  }

  #drop(count: number): void {
    for (const body of this.#queue.splice(0, count)) this.#queuedBytes -= body.length;
    this.counts.dropped += count;
  }

  /** One line per cause and agent, with the error itself beside it for whoever listens to OpenTelemetry's diagnostics. */
  #report(code: ErrorCode, { url }: Target, reason: string, why: string): void {
    const details = { agent: this.#agentId, host: url.host, status: reason, reason, why };
    this.problem = new TallyError(code, details);
    warnOfClient(`${code}:${this.#agentId}`, this.problem);
  }
}

export function warnOfClient(cause: string, problem: TallyError): void {
  if (state.warned.has(cause)) return;
  state.warned.add(cause);
  diag.warn(`tallyspan: ${problem.message}`, problem);
}
