import { NANOS_PER_MS, TallyError, usdFromNanos } from '@tallyspan/facts';
import { type DataJob, type DataSize, type Deleted, type Repricing, routes } from '../api.ts';
import type { Access } from '../auth/access.ts';
import type { Job, JobBody } from '../upkeep/jobs.ts';
import type { Repriced } from '../upkeep/reprice-job.ts';
import type { RetentionRule } from '../upkeep/retention.ts';
import type { Upkeep } from '../upkeep/upkeep.ts';
import { streamResponse } from '../stream-response.ts';
import { given } from './asked.ts';
import type { Handlers } from './handlers.ts';
import { mustSeeAll } from './quota-handlers.ts';
import { isoFromNanos } from './time.ts';

type Names =
  | 'deleteData'
  | 'getDataSize'
  | 'makeBackup'
  | 'listJobs'
  | 'getJob'
  | 'listRetention'
  | 'putRetention'
  | 'deleteRetention';

export function dataHandlers(
  upkeep: Pick<Upkeep, 'jobs' | 'retention' | 'backup' | 'lastBackupMs' | 'sizes' | 'folderSize'>,
): Handlers<Names> {
  const { jobs, retention } = upkeep;
  return {
    async deleteData({ body, access, from }) {
      const tenant = ownTenant(body.tenant, access);
      return presentJob(await jobs.ask('delete', given({ ...body, tenant }), access, from));
    },
    async getDataSize({ query, access: { tenant } }) {
      const [sizes, folder, lastMs] = await Promise.all([
        upkeep.sizes(query.text === 'true', tenant),
        tenant === undefined ? upkeep.folderSize() : undefined,
        tenant === undefined ? upkeep.lastBackupMs() : undefined,
      ]);
      return {
        tenants: sizes.map(({ firstDay, lastDay, textBytes, ...size }) => ({
          ...size,
          textBytes: textBytes === undefined ? null : Number(textBytes),
          firstDay: isoFromNanos(firstDay).slice(0, 10),
          lastDay: isoFromNanos(lastDay).slice(0, 10),
        })),
        folder: folder ? presentFolder(folder) : null,
        lastBackupAt: lastMs === undefined ? null : isoFromNanos(BigInt(lastMs) * NANOS_PER_MS),
      };
    },
    async makeBackup({ access }) {
      mustSeeAll(access);
      const headers = { 'content-type': routes.makeBackup.produces, 'cache-control': 'no-store' };
      return streamResponse(await upkeep.backup(), headers);
    },
    async listJobs({ access }) {
      return { jobs: (await jobs.list(access.tenant)).map(presentJob) };
    },
    async getJob({ params: { id }, access }) {
      const job = await jobs.get(id, access.tenant);
      if (job === undefined) throw new TallyError('NOT_FOUND', { thing: 'job', id, list: routes.listJobs.path });
      return presentJob(job);
    },
    listRetention({ access }) {
      const { tenant } = access;
      const all = retention
        .list()
        .filter((each) => tenant === undefined || each.tenant === tenant || each.tenant === '*');
      return { retention: all.map((each) => presentRule(each.tenant, each.rule)) };
    },
    /** It bounds the tenant as well, so it is the operator's. */
    async putRetention({ params: { tenant }, body, access }) {
      mustSeeAll(access);
      const rule = given({ days: body.days ?? undefined, bytes: body.bytes ?? undefined });
      await retention.put(tenant, rule);
      return presentRule(tenant, rule);
    },
    async deleteRetention({ params: { tenant }, access }) {
      mustSeeAll(access);
      if (!(await retention.delete(tenant)))
        throw new TallyError('NOT_FOUND', { thing: 'retention of', id: tenant, list: routes.listRetention.path });
    },
  };
}

/** A key of one tenant is about that tenant. */
export function ownTenant(asked: string | undefined, { tenant }: Access): string | undefined {
  if (tenant !== undefined && asked !== undefined && asked !== tenant)
    throw new TallyError('BAD_QUERY', { field: 'tenant', reason: 'this key is for another tenant' });
  return tenant ?? asked;
}

function presentFolder({ parts, freeBytes }: Awaited<ReturnType<Upkeep['folderSize']>>): DataSize['folder'] {
  const { 'set-aside': setAside, ...bytes } = parts;
  return { bytes: { ...bytes, setAside }, freeBytes };
}

function presentRule(tenant: string, { days = null, bytes = null }: { [Key in keyof RetentionRule]: number | null }) {
  return { tenant, days, bytes };
}

export function presentJob({ id, body }: Job): DataJob {
  const { kind, state, step, who, askedMs, doneMs, error, what } = body;
  return {
    ...{ id, kind, state, step, who, asked: what },
    askedAt: new Date(askedMs).toISOString(),
    doneAt: doneMs === undefined ? null : new Date(doneMs).toISOString(),
    error: error ?? null,
    deleted: kind === 'delete' ? presentDeleted(body) : null,
    repriced: kind === 'reprice' ? presentRepriced(body) : null,
  };
}

function presentDeleted({ found }: JobBody): Deleted {
  const nothing: Deleted = {
    ...{ spans: 0, deleted: 0, left: null, traces: 0, countedAt: null, setAside: 0 },
    ...{ logHolds: true, diskHolds: true, disk: 'nothing was deleted yet' },
  };
  return { ...nothing, ...found };
}

function presentRepriced({ what, found }: JobBody): Repricing {
  const {
    spans = 0,
    changed = 0,
    models = [],
  } = (found['sums'] ?? {}) as {
    spans?: number;
    changed?: number;
    models?: Repriced[];
  };
  const sum = (name: 'oldNanos' | 'newNanos') =>
    usdFromNanos(models.reduce((total, model) => total + BigInt(model[name]), 0n));
  return {
    ...{ dryRun: what['dryRun'] !== false, spans, changed, oldUsd: sum('oldNanos'), newUsd: sum('newNanos') },
    models: models.map(({ oldNanos, newNanos, ...model }) => ({
      ...model,
      oldUsd: usdFromNanos(BigInt(oldNanos)),
      newUsd: usdFromNanos(BigInt(newNanos)),
    })),
  };
}
