import type { DuckDBConnection } from '@duckdb/node-api';
import { limits, TallyError } from '@tallyspan/facts';
import { openDatabase, type Database } from './database.ts';
import { Gate } from '../gate.ts';
import { copyBeside, takePlace } from './rewrite.ts';

type Work<T> = (connection: DuckDBConnection) => Promise<T>;

export interface EngineOptions {
  file: string;
  memoryBytesMax: number;
  /** Runs each time the file was opened, before anything else. */
  prepare: Work<void>;
}

interface Open {
  database: Database;
  writer: DuckDBConnection;
  idleReaders: DuckDBConnection[];
}

/**
 * One DuckDB file: one writer at a time, and beside it some readers that each see the data of one moment. After an error that
 * makes DuckDB refuse everything, such as a checkpoint on a full disk, the file is opened again with the next call.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #writers = new Gate(1);
  readonly #readers = new Gate(limits.storeQueriesMax);
  #open: Open | undefined;
  #isBroken = false;
  #isClosed = false;
  #repairing: Promise<void> | undefined;

  private constructor(options: EngineOptions) {
    this.#options = options;
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    await engine.#start();
    return engine;
  }

  /** Runs `work` in a transaction: all of it is kept or, when it throws, nothing. */
  write<T>(work: Work<T>): Promise<T> {
    return this.#use(this.#writers, async ({ writer }) => {
      await writer.run('BEGIN');
      try {
        const answer = await work(writer);
        await writer.run('COMMIT');
        return answer;
      } catch (error) {
        await writer.run('ROLLBACK').catch(() => {}); // a commit that failed has ended it already
        throw error;
      }
    });
  }

  /**
   * Runs `work`, which sees the data as they are at its begin and not what is written meanwhile. With `msMax` it is given up after so
   * long: rejects with `QUERY_TOO_LONG`.
   */
  async read<T>(work: Work<T>, msMax?: number): Promise<T> {
    try {
      return await this.#readOnce(work, msMax);
    } catch (error) {
      if (!isFatal(error)) throw error;
      return this.#readOnce(work, msMax);
    }
  }

  /**
   * Folds the write-ahead log into the file, after running `before` with nobody else writing. Answers what `before` answered, or
   * undefined when it did not work, for want of space for example; everything is as it was then.
   */
  async checkpoint<T>(before: Work<T>): Promise<T | undefined> {
    try {
      return await this.#use(this.#writers, async ({ writer }) => {
        const answer = await before(writer);
        await writer.run('CHECKPOINT');
        return answer;
      });
    } catch {
      return undefined;
    }
  }

  /**
   * Writes what is there into a new file that takes the place of this one, after running `before`: nothing of what was deleted is in it.
   * Nobody writes meanwhile. Needs as much room again.
   */
  async rewrite<T>(before: Work<T>): Promise<T> {
    return this.#writers.runAlone(async () => {
      if (this.#isBroken || !this.#open) throw new Error('the store is not open');
      const { writer } = this.#open;
      const answer = await before(writer);
      await writer.run('CHECKPOINT');
      const { file } = this.#options;
      const beside = await copyBeside(writer, this.#options);
      await this.#readers.runAlone(async () => {
        this.#stop();
        try {
          await takePlace(beside, file);
        } finally {
          // Whatever became of it, one of the two files is there.
          await this.#start().catch(() => (this.#isBroken = true));
        }
      });
      return answer;
    });
  }

  /** Copies the file, with everything folded into it and nobody writing meanwhile, after running `before`. */
  async copyFile<T>(before: Work<T>, copy: (file: string) => Promise<void>): Promise<T> {
    return this.#use(this.#writers, async ({ writer }) => {
      const answer = await before(writer);
      await writer.run('CHECKPOINT');
      await copy(this.#options.file);
      return answer;
    });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#alone(async () => this.#stop());
  }

  #readOnce<T>(work: Work<T>, msMax: number | undefined): Promise<T> {
    return this.#use(this.#readers, async ({ database, idleReaders }) => {
      const reader = idleReaders.pop() ?? (await database.instance.connect());
      const deadline = new Deadline(reader, msMax);
      try {
        await reader.run('BEGIN TRANSACTION READ ONLY');
        const answer = await work(reader);
        await reader.run('COMMIT');
        idleReaders.push(reader);
        return answer;
      } catch (error) {
        reader.closeSync();
        throw deadline.passed && !isFatal(error) ? new TallyError('QUERY_TOO_LONG', { seconds: msMax! / 1000 }) : error;
      } finally {
        deadline.clear();
      }
    });
  }

  async #use<T>(gate: Gate, work: (open: Open) => Promise<T>): Promise<T> {
    for (;;) {
      await this.#repair();
      const answer = await gate.run(async () => {
        // Who had this place before may have broken it.
        if (this.#isBroken && !this.#isClosed) return undefined;
        if (!this.#open) throw new Error('the store is closed');
        try {
          return { value: await work(this.#open) };
        } catch (error) {
          if (isFatal(error)) this.#isBroken = true;
          throw error;
        }
      });
      if (answer) return answer.value;
    }
  }

  /** Opens the file again if need be. Rejects when that does not work; the next call tries once more. */
  async #repair(): Promise<void> {
    if (!this.#isBroken || this.#isClosed) return;
    this.#repairing ??= this.#alone(async () => {
      this.#stop();
      if (!this.#isClosed) await this.#start();
    }).finally(() => {
      this.#repairing = undefined;
    });
    await this.#repairing;
  }

  #alone(work: () => Promise<void>): Promise<void> {
    return this.#writers.runAlone(() => this.#readers.runAlone(work));
  }

  async #start(): Promise<void> {
    const { file, memoryBytesMax, prepare } = this.#options;
    const database = await openDatabase(file, memoryBytesMax);
    const writer = await database.instance.connect();
    try {
      await prepare(writer);
    } catch (error) {
      writer.closeSync();
      database.close();
      throw error;
    }
    this.#open = { database, writer, idleReaders: [] };
    this.#isBroken = false;
  }

  #stop(): void {
    if (!this.#open) return;
    const { database, writer, idleReaders } = this.#open;
    this.#open = undefined;
    for (const connection of [writer, ...idleReaders]) connection.closeSync();
    database.close();
  }
}

/** Interrupts a connection when its time is over, and again until it stops: between two statements there is nothing to interrupt. */
class Deadline {
  passed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: DuckDBConnection, msMax: number | undefined) {
    if (msMax === undefined) return;
    const interrupt = (): void => {
      this.passed = true;
      connection.interrupt();
      this.#timer = setTimeout(interrupt, INTERRUPT_EVERY_MS);
    };
    this.#timer = setTimeout(interrupt, msMax);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

const INTERRUPT_EVERY_MS = 50;

/** After such an error DuckDB answers nothing any more until the file is opened again. */
function isFatal(error: unknown): boolean {
  return /^(FATAL|INTERNAL) Error|database has been invalidated/i.test(
    error instanceof Error ? error.message : String(error),
  );
}
