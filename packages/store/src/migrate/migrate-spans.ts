/**
 * Copies a DuckDB file into ClickHouse, so that a server may go on there as if nothing had happened.
 *
 *   numbers of runs ─► spans, batch after batch ─► compare
 *                       │ each: on disk there ─► how far the copy is
 *                       └ wherever it stops, the next try goes on with the batch after the last that was remembered
 */
import { limits, TallyError } from '@tallyspan/facts';
import { openDuckdbSource, type DuckdbSource } from './duckdb-source.ts';
import {
  type ClickhouseTarget,
  lookAtClickhouse,
  openClickhouseTarget,
  type TargetAddress,
} from './clickhouse-target.ts';
import type { TenantSums } from './sums.ts';

export interface MigrateSpansOptions {
  /** The DuckDB file. Nobody else may have it open. */
  file: string;
  to: TargetAddress;
  /** Names the file's data folder among all that are copied or store there: the name of its ingest log. */
  replica: string;
  /** Spans that are sent at once. Default `limits.drainSpansMax`. */
  batchSpansMax?: number;
  /** Told after each batch. */
  onProgress?: (copied: number, of: number) => void;
}

/** One tenant on both sides. */
export interface MigratedTenant {
  from: TenantSums | undefined;
  to: TenantSums | undefined;
  isSame: boolean;
}

export interface SpanMigration {
  /** Spans in the file, and those that were sent this time; the others had been before. */
  spans: number;
  sent: number;
  tenants: MigratedTenant[];
  runs: { from: number; to: number; isSame: boolean };
  /** Whether all of it is there, and nothing else. */
  isSame: boolean;
}

export interface MigrationOutlook {
  spans: number;
  tenants: TenantSums[];
  runs: number;
  /** Spans that ClickHouse has already. */
  there: number;
}

/** What there is to copy. Makes nothing in ClickHouse. */
export async function lookAtMigration({
  file,
  to,
}: Pick<MigrateSpansOptions, 'file' | 'to'>): Promise<MigrationOutlook> {
  const there = await lookAtClickhouse(to);
  const source = await openDuckdbSource(file);
  try {
    const [tenants, { runs }] = [await source.sums(), await source.runSums()];
    return { spans: spansOf(tenants), tenants, runs, there };
  } finally {
    source.close();
  }
}

/**
 * Idempotent, whenever it was interrupted. Throws MIGRATION_REFUSED when something else is in the database already, and what
 * opening the two sides throws.
 */
export async function migrateSpans(options: MigrateSpansOptions): Promise<SpanMigration> {
  const { file, to, replica, onProgress, batchSpansMax = limits.drainSpansMax } = options;
  const source = await openDuckdbSource(file);
  try {
    const target = await openClickhouseTarget(to, `copy of ${replica}`);
    try {
      const tenants = await source.sums();
      const spans = spansOf(tenants);
      const sent = await copy(source, target, batchSpansMax, (copied) => onProgress?.(copied, spans));
      const position = await source.position();
      const migration = { spans, sent, ...(await compare(source, target, tenants)) };
      // The server's log goes on where it was read up to; but not before all that was read is there.
      if (migration.isSame && position) await target.takeOver(replica, position);
      return migration;
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}

async function copy(
  source: DuckdbSource,
  target: ClickhouseTarget,
  spansMax: number,
  tell: (sent: number) => void,
): Promise<number> {
  const state = await source.state();
  const place = await target.place();
  if (place === undefined && !(await target.isEmpty())) {
    const reason = 'there are spans in that database already that are not from here, and nothing would tell them apart';
    throw new TallyError('MIGRATION_REFUSED', { reason });
  }
  // Something was written since: rows may lie elsewhere, and what is there already is left out.
  const next = place?.state === state ? place.next : 0;
  await target.remember({ state, next });
  for await (const runs of source.runs()) await target.addRuns(runs);
  let sent = 0;
  for await (const batch of source.spans(next, spansMax)) {
    await target.addSpans(batch.spans);
    await target.remember({ state, next: batch.next });
    tell((sent += batch.spans.length));
  }
  return sent;
}

async function compare(
  source: DuckdbSource,
  target: ClickhouseTarget,
  tenants: readonly TenantSums[],
): Promise<Pick<SpanMigration, 'tenants' | 'runs' | 'isSame'>> {
  const there = new Map((await target.sums()).map((sums) => [sums.tenant, sums]));
  const names = [...new Set([...tenants.map(({ tenant }) => tenant), ...there.keys()])].sort();
  const here = new Map(tenants.map((sums) => [sums.tenant, sums]));
  const both = names.map((name): MigratedTenant => {
    const [from, to] = [here.get(name), there.get(name)];
    return { from, to, isSame: from !== undefined && to !== undefined && textOf(from) === textOf(to) };
  });
  const [from, to] = [await source.runSums(), await target.runSums()];
  const runs = { from: from.runs, to: to.runs, isSame: from.runs === to.runs && from.digest === to.digest };
  return { tenants: both, runs, isSame: runs.isSame && both.every(({ isSame }) => isSame) };
}

function textOf(sums: TenantSums): string {
  return JSON.stringify({ ...sums, costNanos: String(sums.costNanos) });
}

function spansOf(tenants: readonly TenantSums[]): number {
  return tenants.reduce((all, { spans }) => all + spans, 0);
}
