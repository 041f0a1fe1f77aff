/**
 * Messages on their way. Each lies on disk until the other side took it, so a restart loses none; a message may arrive twice, with the
 * same id. Of several servers on one store the one that claims a message sends it. Nothing here is waited for by whoever takes spans.
 */
import { limits } from '@tallyspan/facts';
import type { Objects, StoredObject } from '@tallyspan/store';
import type { AlertChannel } from '../api.ts';
import { describeError, type Report } from '../report.ts';
import type { Delivery } from './deliver.ts';
import type { Message } from './messages.ts';

interface Posted {
  message: Message;
  channel: AlertChannel;
  tries: number;
  /** Unix milliseconds. While it is being sent: when somebody else may try. */
  nextAtMs: number;
}

const OUTBOX = 'alert-outbox';

export interface OutboxOptions {
  objects: Objects;
  delivery: Pick<Delivery, 'send'>;
  report: Report;
  now: () => number;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #sending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #changing: Promise<unknown> = Promise.resolve();
  waiting = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends what lies there from before. */
  start(): void {
    this.#wake(0);
  }

  /** What is being sent is left to the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#changing.catch(() => {});
  }

  /** On disk when it resolves. The same message to the same channel is put there once. */
  async post(message: Message, channels: readonly AlertChannel[]): Promise<void> {
    const { objects, report, now } = this.#options;
    const there = await objects.list<Posted>(OUTBOX);
    const over = there.length + channels.length - limits.alertOutboxMax;
    if (over > 0) {
      const oldest = there.toSorted((left, right) => left.changedAt - right.changedAt).slice(0, over);
      for (const { id } of oldest) await objects.delete(OUTBOX, id);
      report(`${oldest.length} alert messages were given up: more than ${limits.alertOutboxMax} wait to be delivered.`);
    }
    for (const [index, channel] of channels.entries()) {
      const posted: Posted = { message, channel, tries: 0, nextAtMs: now() };
      await objects.put(OUTBOX, `${message.id}.${index}`, posted, 0).catch(alreadyThere);
    }
    this.#wake(0);
  }

  #wake(afterMs: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => (this.#changing = this.#run()), afterMs);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    const { objects, report, now } = this.#options;
    try {
      const all = await objects.list<Posted>(OUTBOX);
      this.waiting = all.length;
      const due = all.filter(({ body }) => body.nextAtMs <= now());
      for (const each of due) {
        if (this.#closed || this.#sending.size >= limits.alertSendingMax) break;
        const claimed = await this.#claim(each);
        if (!claimed) continue;
        const sending = this.#send(claimed).finally(() => {
          this.#sending.delete(sending);
          this.#wake(0);
        });
        this.#sending.add(sending);
      }
      const next = Math.min(...all.map(({ body }) => body.nextAtMs).filter((at) => at > now()));
      if (Number.isFinite(next) && this.#sending.size === 0) this.#wake(Math.min(next - now(), limits.alertRetryMsMax));
    } catch (error) {
      report(`Alert messages cannot be read: ${describeError(error)}`);
      this.#wake(limits.alertRetryMs);
    }
  }

  /** Undefined when another server has it. Written before it is sent: whoever dies now leaves it to be tried again. */
  async #claim({ id, body, version }: StoredObject<Posted>): Promise<StoredObject<Posted> | undefined> {
    const { objects, now } = this.#options;
    const tries = body.tries + 1;
    const pauseMs = Math.min(limits.alertRetryMs * 2 ** (tries - 1), limits.alertRetryMsMax);
    const claimed = { ...body, tries, nextAtMs: now() + limits.webhookTimeoutMs * 2 + pauseMs };
    return objects.put(OUTBOX, id, claimed, version).catch(alreadyThere);
  }

  async #send({ id, body, version }: StoredObject<Posted>): Promise<void> {
    const { objects, delivery, report, now } = this.#options;
    const { channel, message, tries } = body;
    try {
      await delivery.send(channel, message);
    } catch (error) {
      if (this.#closed) return;
      const reason = `An alert (${channel.type}) was not delivered: ${describeError(error)}.`;
      if (tries >= limits.alertTriesMax) {
        report(`${reason} It is given up after ${tries} tries.`);
        await objects.delete(OUTBOX, id);
        return;
      }
      if (tries === 1) report(`${reason} It is tried again.`);
      const nextAtMs = now() + Math.min(limits.alertRetryMs * 2 ** (tries - 1), limits.alertRetryMsMax);
      await objects.put(OUTBOX, id, { ...body, nextAtMs }, version).catch(alreadyThere);
      return;
    }
    await objects.delete(OUTBOX, id).catch(alreadyThere);
  }
}

/** Somebody else was first. */
function alreadyThere(error: unknown): undefined {
  if ((error as { code?: string }).code === 'OBJECT_CHANGED') return undefined;
  throw error;
}
