/**
 * Work that takes longer than a request, as a record that outlives the process: who asked for what, how far it is, and what came of it.
 * A job that was interrupted goes on at the next start, by the server that began it, from its beginning; so doing it twice must change
 * nothing. One at a time.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '@tallyspan/facts';
import { Gate, type Objects, type StoredObject } from '@tallyspan/store';
import type { Access } from '../auth/access.ts';
import type { Audit } from '../auth/audit.ts';
import { describeError, type Report } from '../report.ts';

export interface JobBody {
  kind: 'delete' | 'reprice';
  state: 'running' | 'done';
  /** What it is at, in words. */
  step: string;
  /** Whose key asked; only this tenant sees it. */
  tenant?: string;
  who: string;
  from: string;
  server: string;
  askedMs: number;
  doneMs?: number;
  /** Why the last try failed; it is tried again. */
  error?: string;
  /** What was asked for. */
  what: Record<string, string | boolean>;
  /** What came of it so far. Large numbers as text. */
  found: Record<string, unknown>;
}

export type Job = StoredObject<JobBody>;

/** A job at work. */
export interface Running {
  readonly id: string;
  readonly body: JobBody;
  /** Writes down how far it is. */
  save(change: Partial<JobBody>): Promise<void>;
  /** Throws when the server is to stop. */
  pause(ms: number): Promise<void>;
}

/** Answers after how many milliseconds to go on, or nothing when all is done. */
export type Runner = (job: Running) => Promise<number | undefined>;

export interface JobsOptions {
  objects: Objects;
  /** This server's name among those that share the objects. */
  server: string;
  report: Report;
  audit: Pick<Audit, 'tell'>;
  runners: Record<JobBody['kind'], Runner>;
  /** Called when a job is done. */
  onDone: () => Promise<void>;
}

const JOBS = 'jobs';

export class Jobs {
  readonly #options: JobsOptions;
  readonly #line = new Gate(1);
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier process left. */
  async start(): Promise<void> {
    for (const { id, body } of await this.list())
      if (body.state === 'running' && body.server === this.#options.server) void this.#run(id, body);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  /** Of one tenant only when that is given. */
  async list(tenant?: string): Promise<Job[]> {
    const all = await this.#options.objects.list<JobBody>(JOBS);
    return all
      .filter(({ body }) => tenant === undefined || body.tenant === tenant)
      .sort((left, right) => right.body.askedMs - left.body.askedMs);
  }

  async get(id: string, tenant?: string): Promise<Job | undefined> {
    const job = await this.#options.objects.get<JobBody>(JOBS, id);
    return job && (tenant === undefined || job.body.tenant === tenant) ? job : undefined;
  }

  /** Answers the job when it is done, or after a while as it stands then. */
  async ask(kind: JobBody['kind'], what: JobBody['what'], { tenant, who }: Access, from: string): Promise<Job> {
    const id = `j_${randomUUID().slice(0, 13)}`;
    const { server } = this.#options;
    const asked = { kind, state: 'running', step: 'waits', who, from, server, askedMs: Date.now() } as const;
    const body: JobBody = { ...asked, ...(tenant !== undefined && { tenant }), what, found: {} };
    await this.#options.objects.put(JOBS, id, body, 0);
    const done = this.#run(id, body);
    const waited = new AbortController();
    await Promise.race([done, sleep(limits.jobWaitMs, undefined, { signal: waited.signal }).catch(() => {})]);
    waited.abort();
    return (await this.get(id))!;
  }

  #run(id: string, body: JobBody): Promise<void> {
    const done = this.#untilDone(id, body)
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#options.report(`The job ${id} stopped: ${describeError(error)}`);
      })
      .finally(() => this.#running.delete(id));
    this.#running.set(id, done);
    return done;
  }

  async #untilDone(id: string, body: JobBody): Promise<void> {
    const { objects, runners, report, audit, onDone } = this.#options;
    const pause = (ms: number) => sleep(ms, undefined, { signal: this.#stop.signal });
    const save = async (change: Partial<JobBody>) => {
      Object.assign(body, change);
      await objects.put(JOBS, id, body);
    };
    for (;;) {
      this.#stop.signal.throwIfAborted();
      try {
        const again = await this.#line.run(() => runners[body.kind]({ id, body, save, pause }));
        if (again === undefined) break;
        await pause(again);
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        const reason = describeError(error);
        if (body.error !== reason) report(`The job ${id} failed and is tried again: ${reason}`);
        await save({ error: reason }).catch(() => {});
        await pause(limits.jobRetryMs);
      }
    }
    delete body.error;
    await save({ state: 'done', step: 'done', doneMs: Date.now() });
    const { kind, who, tenant, from, what, found } = body;
    const told = { who, ...(tenant !== undefined && { tenant }), action: `${kind}Done`, target: id, from };
    await audit.tell({ ...told, outcome: 'ok', detail: JSON.stringify({ what, found }).slice(0, 4_000) });
    await this.#forgetOld();
    await onDone();
  }

  async #forgetOld(): Promise<void> {
    const old = (await this.list()).filter(({ body }) => body.state === 'done').slice(limits.jobsKeptMax);
    for (const { id, body } of old)
      if (Date.now() - body.askedMs > limits.tombstoneMsMax) await this.#options.objects.delete(JOBS, id);
  }
}
