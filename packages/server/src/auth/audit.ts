/**
 * Who did what, when, from where, and how it ended. What was done lies apart from who was not let in, so that nobody can push the
 * one out of its files by being refused often; and refusals are told together, by who, what and why: ten thousand wrong keys in a
 * row are one line with a count.
 */
import { join } from 'node:path';
import { limits } from '@tallyspan/facts';
import { describeError, type Report } from '../report.ts';
import { type AuditFile, type AuditFileOptions, type LinePlace, openAuditFile } from './audit-file.ts';

export interface AuditEntry {
  /** ISO 8601. */
  at: string;
  /** `key k_4f…`, `spiffe://…`, `anonymous`. */
  who: string;
  /** The tenant whose key it was; missing for keys of all tenants. */
  tenant?: string;
  /** The name of the route: `createKey`; of a refusal what was asked for: `POST /v1/traces`. */
  action: string;
  /** What it was done to, as the path says. */
  target?: string;
  /** The address that asked. */
  from: string;
  /** `ok`, or the code of the error. */
  outcome: string;
  /** More of it, in words. */
  detail?: string;
  /** How often, where several are told together. */
  count?: number;
}

export type Told = Omit<AuditEntry, 'at' | 'count'>;

export const auditBooks = ['actions', 'refusals'] as const;
export type AuditBook = (typeof auditBooks)[number];

/** Opens the audit log in `folder`. Throws DATA_NOT_WRITABLE. */
export async function openAudit(folder: string, report: Report, options: AuditFileOptions = {}): Promise<Audit> {
  const actions = await openAuditFile(join(folder, 'actions'), options);
  return new Audit({ actions, refusals: await openAuditFile(join(folder, 'refusals'), options) }, report);
}

export class Audit {
  readonly #books: Record<AuditBook, AuditFile>;
  readonly #report: Report;
  #refusals = new Map<string, Told & { count: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(books: Record<AuditBook, AuditFile>, report: Report) {
    this.#books = books;
    this.#report = report;
  }

  /** Resolves when it is on disk. What cannot be written is told to the operator, and does not undo what was done. */
  tell(told: Told): Promise<void> {
    return this.#write('actions', [told]);
  }

  /** Counts somebody who was refused; written with the others of the next seconds. */
  refused(told: Told): void {
    const key = JSON.stringify(told);
    const known = this.#refusals.get(key);
    if (known) known.count++;
    else if (this.#refusals.size < limits.auditRefusalsMax) this.#refusals.set(key, { ...told, count: 1 });
    else this.#oneMore();
    this.#timer ??= setTimeout(() => void this.flush(), limits.auditRefusalsMsMin).unref();
  }

  /** Writes the refusals that were counted so far. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const refusals = [...this.#refusals.values()];
    this.#refusals = new Map();
    if (refusals.length > 0) await this.#write('refusals', refusals);
  }

  /** Newest first, those that `wanted` takes; `next` is where the next page goes on. */
  async page(
    book: AuditBook,
    limit: number,
    wanted: (entry: AuditEntry) => boolean,
    before?: LinePlace,
  ): Promise<{ entries: AuditEntry[]; next: LinePlace | undefined }> {
    await this.flush();
    const entries: AuditEntry[] = [];
    let last = before;
    for await (const { line, place } of this.#books[book].backwards(before)) {
      const entry = readEntry(line);
      if (entry !== undefined && wanted(entry)) {
        if (entries.length === limit) return { entries, next: last };
        entries.push(entry);
      }
      last = place;
    }
    return { entries, next: undefined };
  }

  async close(): Promise<void> {
    await this.flush();
    for (const book of auditBooks) await this.#books[book].close();
  }

  /** Too many different ones at once: who they were does not matter any more. */
  #oneMore(): void {
    const rest = { who: 'anonymous', action: 'many', from: 'many', outcome: 'UNAUTHENTICATED', count: 0 };
    const known = this.#refusals.get('') ?? rest;
    known.count++;
    this.#refusals.set('', known);
  }

  async #write(book: AuditBook, told: readonly (Told & { count?: number })[]): Promise<void> {
    const at = new Date().toISOString();
    const lines = told.map((each) => JSON.stringify({ at, ...each }));
    await this.#books[book].append(lines).catch((error: unknown) => {
      this.#report(`The audit log cannot be written: ${describeError(error)}. It would say: ${lines.join(' ')}`);
    });
  }
}

/** Undefined for what a crash or somebody's editor left. */
function readEntry(line: string): AuditEntry | undefined {
  try {
    const entry = JSON.parse(line) as AuditEntry | null;
    return typeof entry?.who === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}
