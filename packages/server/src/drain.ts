/**
 * From the log to the store: reads on from where the store stands, understands and prices each span, adds them in batches, trims the log.
 *
 *   log ─► decode ─► facts ─► price ─► settle (whose, and which are one call) ─► store.add(spans, position) ─► trim
 *
 * It may stop anywhere: the position is stored with the spans, and adding a span twice changes nothing. When the store fails it
 * waits and tries again. When one record is what the store cannot take, that record is set aside and the rest goes on.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { limits, type Prices } from '@tallyspan/facts';
import {
  comparePositions,
  type Log,
  type LogEntry,
  type LogPosition,
  type Store,
  type StoredSpan,
  tenantOf,
} from '@tallyspan/store';
import { isRefusal } from './otlp/admit-span.ts';
import { readTraces } from './otlp/read-traces.ts';
import { describeError, type Report } from './report.ts';
import { settleBatch, type SettlingStore } from './settle-batch.ts';
import { understand } from './understand.ts';

export interface DrainOptions {
  log: Pick<Log, 'read' | 'trim'>;
  store: Pick<Store, 'add' | 'position' | 'settledPosition'> & Partial<SettlingStore>;
  prices: Prices;
  /**
   * What becomes of a span before it is stored, with the time at which it was received: itself, another in its place, or nothing, for
   * what was deleted since or is past its retention. Default: itself.
   */
  admit?: (span: StoredSpan, receivedMs: number) => StoredSpan | undefined;
  /** Keeps a record that cannot be stored. Must have it on disk when it resolves. */
  setAside: (record: LogEntry, error: unknown) => Promise<void>;
  /** After each write: the traces that got spans, and the tenants whose spans they may be. */
  onSpans: (traceIds: readonly string[], tenantsOf: TenantsOf) => void;
  /** After each write: everything up to here is in the store. */
  onDrained: (position: LogPosition) => void;
  report: Report;
  /** First and longest pause between two tries. Default 100 ms and 5 s. */
  retryMs?: { first: number; max: number };
}

/** After so many failures of a batch its records are added one by one. */
const TRIES_TOGETHER = 3;
/** After so many failures of one record, while the store takes other writes, it is the record's fault. */
const TRIES_ALONE = 5;
/** Spans read between two looks at the clock, and the longest stretch before other work has its turn. */
const LOOK_EVERY = 128;
const TURN_MS = 10;

export class Drain {
  readonly #options: DrainOptions;
  readonly #retryMs: { first: number; max: number };
  #position: LogPosition | undefined;
  #running: Promise<void> | undefined;
  #more = false;
  #stopping = false;
  #outOfTime = false;
  /** Ends whatever pause the loop is in. */
  #wake: () => void = () => {};

  /** Whether all that lay in the log at the start has been read once. */
  caughtUp = false;
  /** Why spans have to wait in the log at present. */
  failing: string | undefined;
  setAsideCount = 0;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#retryMs = options.retryMs ?? { first: 100, max: 5_000 };
  }

  /** Everything before it is in the store, or was set aside. */
  get position(): LogPosition | undefined {
    return this.#position;
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      if (!(error instanceof Stopped)) throw error;
    });
  }

  /** Something new lies in the log. */
  notify(): void {
    this.#more = true;
    if (this.failing === undefined) this.#wake();
  }

  /** Drains what is left and stops. When the store fails, or after `stopMsMax`, the rest stays in the log for the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#outOfTime = true;
        resolve();
      }, limits.stopMsMax);
    });
    // A store that hangs must not keep the process from ending.
    await Promise.race([this.#running, timeUp]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    this.#position = await this.#untilItWorks(() => this.#options.store.position());
    await this.#trim();
    for (;;) {
      this.#more = false;
      await this.#drainLog();
      this.caughtUp = true;
      if (this.#more) continue;
      if (this.#stopping) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** From the position to the end of the log. */
  async #drainLog(): Promise<void> {
    let aloneUntil: LogPosition | undefined;
    do {
      aloneUntil = await this.#untilItWorks(() => this.#pass(aloneUntil));
    } while (aloneUntil !== undefined);
    this.#recovered();
  }

  /** One reading of the log. Answers a position when a batch up to there failed: its records are then to be tried one by one. */
  async #pass(aloneUntil: LogPosition | undefined): Promise<LogPosition | undefined> {
    let batch = emptyBatch();
    for await (const record of this.#options.log.read(this.#position)) {
      batch.records.push(record);
      let outcome: Outcome = 'added';
      for await (const lot of this.#spansOf(record)) {
        const fitting = limits.drainSpansMax - batch.spans.length;
        fill(batch, lot.slice(0, fitting), record);
        if (batch.spans.length < limits.drainSpansMax) continue;
        outcome = await this.#add(batch);
        if (outcome !== 'added') break;
        batch = { ...emptyBatch(), records: [record] };
        fill(batch, lot.slice(fitting), record);
      }
      if (outcome === 'split') return record.position;
      if (outcome === 'set aside') {
        batch = emptyBatch();
        continue;
      }
      batch.position = record.position;
      batch.bytes += record.body.length;
      const alone = aloneUntil !== undefined && comparePositions(record.position, aloneUntil) <= 0;
      if (!alone && !isDue(batch)) continue;
      if ((await this.#add(batch)) === 'split') return record.position;
      batch = emptyBatch();
    }
    const last = batch.records.at(-1);
    return last !== undefined && (await this.#add(batch)) === 'split' ? last.position : undefined;
  }

  /** The spans of a record in small lots, giving way to other work between them. */
  async *#spansOf(record: LogEntry): AsyncGenerator<StoredSpan[]> {
    let turnEnd = performance.now() + TURN_MS;
    let lot: StoredSpan[] = [];
    try {
      let read = 0;
      for (const span of readTraces(record.body, record.meta.contentType)) {
        if (span !== undefined && !isRefusal(span))
          lot.push(understand(span, this.#options.prices, record.meta.tenant));
        if (++read % LOOK_EVERY !== 0) continue;
        if (lot.length > 0) yield lot;
        lot = [];
        if (performance.now() > turnEnd) {
          await nextTurn();
          turnEnd = performance.now() + TURN_MS;
        }
      }
    } catch (error) {
      // It was readable when it was acknowledged, so either the log or the reader changed. What was read before stays.
      await this.#setAside(record, error);
    }
    yield lot;
  }

  async #add(batch: Batch): Promise<Outcome> {
    for (let tries = 1; ; tries++) {
      if (this.#outOfTime) throw new Stopped();
      let traceIds: string[];
      let spans: StoredSpan[];
      try {
        spans = this.#admitted(await settleBatch(this.#options.store, batch.spans), batch.received);
        ({ traceIds } = await this.#options.store.add(spans, batch.position));
      } catch (error) {
        if (batch.records.length > 1 && tries >= TRIES_TOGETHER) return 'split';
        if (batch.records.length === 1 && tries >= TRIES_ALONE && (await this.#storeTakesOthers())) {
          await this.#setAside(batch.records[0]!, error);
          this.#position = batch.records[0]!.position;
          return 'set aside';
        }
        await this.#pause(error, tries);
        continue;
      }
      await this.#added(batch.position, traceIds, tenantsIn(spans));
      return 'added';
    }
  }

  #admitted(spans: StoredSpan[], received: readonly number[]): StoredSpan[] {
    const { admit } = this.#options;
    if (admit === undefined) return spans;
    return spans.flatMap((span, index) => admit(span, received[index]!) ?? []);
  }

  async #added(position: LogPosition | undefined, traceIds: readonly string[], tenantsOf: TenantsOf): Promise<void> {
    this.#recovered();
    this.#options.onSpans(traceIds, tenantsOf);
    if (position === undefined) return;
    this.#position = position;
    this.#options.onDrained(position);
    await this.#trim();
  }

  /** The store says what it will never ask for again; that may be less than it has. */
  async #trim(): Promise<void> {
    const settled = this.#options.store.settledPosition();
    if (settled === undefined) return;
    try {
      await this.#options.log.trim(settled);
    } catch (error) {
      this.#options.report(`The log could not be trimmed; it will be after the next batch: ${describeError(error)}`);
    }
  }

  /** Whether the store writes at all: then what it refuses is at fault. */
  async #storeTakesOthers(): Promise<boolean> {
    try {
      await this.#options.store.add([], this.#position);
      return true;
    } catch {
      return false;
    }
  }

  async #setAside(record: LogEntry, error: unknown): Promise<void> {
    await this.#untilItWorks(() => this.#options.setAside(record, error));
    this.setAsideCount++;
    this.#options.report(`A record of the log cannot be stored and was set aside: ${describeError(error)}`);
  }

  async #untilItWorks<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof Stopped) throw error;
        await this.#pause(error, tries);
      }
    }
  }

  /** Waits longer after each try, and tells about the first. Throws {@link Stopped} when it is time to stop instead. */
  async #pause(error: unknown, tries: number): Promise<void> {
    const reason = describeError(error);
    if (this.failing === undefined) this.#options.report(`Spans wait in the log: ${reason}`);
    this.failing = reason;
    if (this.#stopping) throw new Stopped();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(this.#retryMs.max, this.#retryMs.first * 2 ** (tries - 1)));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #recovered(): void {
    if (this.failing !== undefined) this.#options.report('The store takes spans again.');
    this.failing = undefined;
  }
}

/** By trace: whose spans a batch has of it. */
export type TenantsOf = ReadonlyMap<string, ReadonlySet<string>>;

function tenantsIn(spans: readonly StoredSpan[]): TenantsOf {
  const tenants = new Map<string, Set<string>>();
  for (const span of spans) {
    const known = tenants.get(span.traceId);
    if (known) known.add(tenantOf(span));
    else tenants.set(span.traceId, new Set([tenantOf(span)]));
  }
  return tenants;
}

/** Unwinds the loop; what is not in the store yet stays in the log. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

type Outcome = 'added' | 'set aside' | 'split';

/** Spans on their way, the records they are from, and the position up to which these are complete. */
interface Batch {
  spans: StoredSpan[];
  /** When each of them was received, Unix milliseconds. */
  received: number[];
  records: LogEntry[];
  position: LogPosition | undefined;
  bytes: number;
  since: number;
}

function emptyBatch(): Batch {
  return { spans: [], received: [], records: [], position: undefined, bytes: 0, since: performance.now() };
}

function fill({ spans, received }: Batch, more: readonly StoredSpan[], { meta }: LogEntry): void {
  for (const span of more) {
    spans.push(span);
    received.push(meta.receivedAt);
  }
}

function isDue(batch: Batch): boolean {
  return batch.bytes >= limits.drainBytesMax || performance.now() - batch.since >= limits.drainDelayMsMax;
}
