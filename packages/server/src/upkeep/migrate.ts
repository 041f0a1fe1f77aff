/**
 * A data folder into ClickHouse, while no server has it open:
 *
 *   take the folder ─► store what the log still has ─► nothing unfinished? ─► spans ─► objects ─► compare
 *
 * The audit log, what was set aside and the ingest log stay in the folder, which the server goes on with.
 */
import { join, resolve } from 'node:path';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits, TallyError } from '@tallyspan/facts';
import {
  type CopiedKind,
  copyObjects,
  lockDataDir,
  lookAtMigration,
  migrateSpans,
  type MigrationOutlook,
  openDuckdbStore,
  openLog,
  readObjects,
  type SpanMigration,
  type StoredObject,
} from '@tallyspan/store';
import type { Readiness } from '../health.ts';
import { type ClickhouseAddress, replicaOf } from '../open-store.ts';
import type { Report } from '../report.ts';
import { startServer } from '../server.ts';
import { storeFile } from './backup.ts';
import type { JobBody } from './jobs.ts';

export interface MigrateOptions {
  /** Of a stopped server, or a restored backup. */
  dataDir: string;
  to: ClickhouseAddress;
  report: Report;
  onProgress?: (copied: number, of: number) => void;
}

export interface Migration {
  spans: SpanMigration;
  objects: CopiedKind[];
  /** Whether both sides are the same now. */
  isSame: boolean;
}

export interface MigrationPlan extends MigrationOutlook {
  objects: { kind: string; objects: number }[];
  /** Bytes of the ingest log that are stored first. */
  unstoredBytes: number;
}

/** Copies everything and compares. Throws MIGRATION_REFUSED, BAD_OPTION, CLICKHOUSE_UNUSABLE, STORE_LOCKED or STORE_UNREADABLE. */
export async function migrateToClickhouse(options: MigrateOptions): Promise<Migration> {
  const { to, onProgress } = options;
  const dataDir = await folderOf(options);
  await storeRest(dataDir, options.report);
  const unlock = await lockDataDir(dataDir);
  try {
    // Somebody may have started a server in between.
    if ((await unstored(dataDir)) > 0) throw refused('a server took in spans just now; stop it');
    const kinds = await readObjects(join(dataDir, 'objects'));
    refuseRunningJobs(kinds);
    const replica = await replicaOf(dataDir);
    const file = join(dataDir, storeFile);
    const spans = await migrateSpans({ file, to, replica, ...(onProgress && { onProgress }) });
    const objects = await copyObjects(kinds, to);
    return { spans, objects, isSame: spans.isSame && objects.every((each) => each.objects === each.there) };
  } finally {
    await unlock();
  }
}

/** What that would do. Changes nothing in ClickHouse, and stores nothing of the log. Throws like {@link migrateToClickhouse}. */
export async function planMigration(options: MigrateOptions): Promise<MigrationPlan> {
  const dataDir = await folderOf(options);
  const unlock = await lockDataDir(dataDir);
  try {
    const unstoredBytes = await unstored(dataDir);
    const outlook = await lookAtMigration({ file: join(dataDir, storeFile), to: options.to });
    const kinds = await readObjects(join(dataDir, 'objects'));
    const objects = [...kinds].map(([kind, { length }]) => ({ kind, objects: length }));
    return { ...outlook, objects, unstoredBytes };
  } finally {
    await unlock();
  }
}

/** A wrong name would make an empty folder and copy it. */
async function folderOf({ dataDir }: MigrateOptions): Promise<string> {
  const folder = resolve(dataDir);
  const there = await stat(join(folder, storeFile)).catch(() => undefined);
  if (there?.isFile()) return folder;
  throw new TallyError('BAD_OPTION', {
    ...{ option: '--data-dir', value: JSON.stringify(dataDir) },
    why: `There is no ${storeFile} in it.`,
    fix: 'Give the folder that "tallyspan start" had, or that "tallyspan restore" made.',
  });
}

async function unstored(dataDir: string): Promise<number> {
  const store = await openDuckdbStore({ file: join(dataDir, storeFile) });
  const after = await store.position();
  await store.close();
  const log = await openLog(join(dataDir, 'log'), { ...(after && { after }) });
  try {
    return log.bytesAfter(after ?? { segment: 0, offset: 0 });
  } finally {
    await log.close();
  }
}

/** By the server itself, on no port that anybody knows. */
async function storeRest(dataDir: string, report: Report): Promise<void> {
  const unlock = await lockDataDir(dataDir);
  const bytes = await unstored(dataDir).finally(unlock);
  if (bytes === 0) return;
  report(`${bytes} bytes of the ingest log are stored first.`);
  const server = await startServer({ port: 0, host: '127.0.0.1', dataDir, report });
  try {
    const until = Date.now() + limits.backupWaitMs;
    for (;;) {
      const response = await fetch(`${server.url}/readyz`);
      const { backlog, drain } = (await response.json()) as Readiness;
      if (backlog.bytes === 0 && drain.caughtUp) return;
      if (drain.failing !== undefined) throw refused(`what the ingest log has cannot be stored: ${drain.failing}`);
      if (Date.now() > until) throw refused(`${backlog.bytes} bytes of the ingest log are still not stored`);
      await sleep(50);
    }
  } finally {
    await server.close();
  }
}

/** A job is gone on with by the server that began it, which is called something else on ClickHouse. */
function refuseRunningJobs(kinds: ReadonlyMap<string, readonly StoredObject[]>): void {
  const running = (kinds.get('jobs') ?? []).find(({ body }) => (body as JobBody).state === 'running');
  if (running === undefined) return;
  const { kind } = running.body as JobBody;
  throw refused(`the job ${running.id} (${kind}) is not done; start the server until "tallyspan data" says it is`);
}

function refused(reason: string): TallyError {
  return new TallyError('MIGRATION_REFUSED', { reason });
}
