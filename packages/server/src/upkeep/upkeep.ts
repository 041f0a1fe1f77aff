/** The life of stored data after it came: how long it is kept, what is deleted, what it is priced at. */
import { limits, type Prices, priceSpan } from '@tallyspan/facts';
import type { Log, LogPosition, Objects, Store, StoredSpan } from '@tallyspan/store';
import type { Audit } from '../auth/audit.ts';
import type { Budgets } from '../budgets/budgets.ts';
import { Reviews } from '../guard/reviews.ts';
import { describeError, type Report } from '../report.ts';
import { makeBackup, removeOldCopies } from './backup.ts';
import { deleteRunner } from './delete-job.ts';
import { Jobs } from './jobs.ts';
import { OwnPrices } from './own-prices.ts';
import { repriceRunner } from './reprice-job.ts';
import { Retention } from './retention.ts';
import { folderSize, sizesOf, type StoredSize } from './size.ts';
import { Tombstones } from './tombstones.ts';

export interface UpkeepOptions {
  dataDir: string;
  objects: Objects;
  store: Store;
  log: Pick<Log, 'roll' | 'trim' | 'holdsUpTo'>;
  budgets: Budgets;
  audit: Pick<Audit, 'tell'>;
  report: Report;
  /** The prices that this version carries. */
  tables: Prices;
  drain: { readonly position: LogPosition | undefined; readonly setAsideCount: number };
  /** This server's name among those that share the store; undefined where it is the only one. */
  replica: string | undefined;
}

/** The kind and the id of the object that says when the last backup was made. */
const BACKUPS = 'backups';
const LAST = 'last';

export class Upkeep {
  readonly prices: OwnPrices;
  readonly retention: Retention;
  readonly jobs: Jobs;
  readonly reviews: Reviews;
  readonly #options: UpkeepOptions;
  readonly #server: string;
  readonly #tombstones = new Tombstones();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: UpkeepOptions) {
    const { objects, store, log, drain, budgets, report, audit, tables, replica = 'main' } = options;
    this.#options = options;
    this.#server = replica;
    this.prices = new OwnPrices(objects, tables);
    this.retention = new Retention({ objects, store, budgets, report });
    this.reviews = new Reviews(objects);
    const watched = budgets.watch({ add: store.add, replace: store.replace!, spans: store.spans });
    const runners = {
      delete: deleteRunner({
        ...{ store, log, drain, budgets, reviews: this.reviews },
        onDeleted: () => this.#loadTombstones(),
      }),
      reprice: repriceRunner({ store: watched, prices: this.prices.prices }),
    };
    this.jobs = new Jobs({ objects, report, audit, runners, server: replica, onDone: () => this.#loadTombstones() });
  }

  /** Before the drain starts. */
  async load(): Promise<void> {
    await Promise.all([this.prices.load(), this.retention.load(), this.#loadTombstones()]);
  }

  /** After it. */
  async start(): Promise<void> {
    await removeOldCopies(this.#options.dataDir);
    const { store, report } = this.#options;
    // Not waited for: it may take as long as what ClickHouse is still at.
    store.repair?.().catch((error: unknown) => {
      if (!this.#isClosed)
        report(`What a killed server left half is completed at the next start: ${describeError(error)}`);
    });
    await this.retention.start();
    await this.jobs.start();
    if (this.#options.replica === undefined) return;
    this.#timer = setInterval(() => {
      this.load().catch((error: unknown) => {
        this.#options.report(`What other servers changed could not be read: ${describeError(error)}`);
      });
    }, limits.objectsStaleMsMax * 2);
    this.#timer.unref();
  }

  /** All that is kept, as pieces of a tar. Throws BACKUP_FAILED. */
  async backup(): Promise<AsyncGenerator<Buffer>> {
    return this.#noted(await makeBackup(this.#options));
  }

  /** When the last backup was read to its end; undefined when none was. */
  async lastBackupMs(): Promise<number | undefined> {
    return (await this.#options.objects.get(BACKUPS, LAST))?.changedAt;
  }

  /** What is stored, by tenant. */
  sizes(withText: boolean, tenant: string | undefined): Promise<StoredSize[]> {
    return sizesOf(this.#options.store, withText, tenant);
  }

  folderSize(): ReturnType<typeof folderSize> {
    return folderSize(this.#options.dataDir);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#isClosed = true;
    await this.jobs.close();
    await this.retention.close();
  }

  /** A span as it is to be stored; undefined for what was deleted after it was received, or is past its retention. */
  admit(span: StoredSpan, receivedMs: number): StoredSpan | undefined {
    if (this.#tombstones.covers(span, receivedMs) || this.retention.isPast(span)) return undefined;
    // Whose it is became known after it was priced, and that tenant may have prices of its own.
    if (span.facts.inherited?.includes('tenant') !== true || !this.prices.hasOfTenants) return span;
    const cost = priceSpan(this.prices.prices, span);
    const { cost: _, ...rest } = span;
    return { ...rest, ...(cost && { cost }) };
  }

  async *#noted(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    yield* pieces;
    await this.#options.objects.put(BACKUPS, LAST, {});
  }

  async #loadTombstones(): Promise<void> {
    this.#tombstones.load(await this.jobs.list(), this.#server);
  }
}
