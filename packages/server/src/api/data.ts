/** What is kept, for how long, and what is deleted. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { count, time, usd } from './shapes.ts';

const name = z.string().min(1).max(200);

export const DeleteInput = z
  .strictObject({
    tenant: name.optional().describe('a key of one tenant deletes of that tenant only'),
    traceId: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional(),
    user: name.optional(),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), 'give a tenant, a traceId or a user')
  .describe('spans for which all that is given holds');
export type DeleteInput = z.infer<typeof DeleteInput>;

export const Deleted = z.object({
  spans: count.describe('that were found'),
  deleted: count,
  left: count.nullable().describe('what a count afterwards found; null before it'),
  traces: count,
  countedAt: time.nullable(),
  logHolds: z.boolean().describe('whether files of the ingest log of this server still have what was received before'),
  diskHolds: z.boolean().describe('whether bytes may be left on the disk of the store'),
  disk: z.string().describe('why'),
  setAside: count.describe(
    'records in the folder set-aside of this server since its start, which nobody could read: look yourself',
  ),
});
export type Deleted = z.infer<typeof Deleted>;

export const Repricing = z.object({
  dryRun: z.boolean(),
  spans: count.describe('that were looked at'),
  changed: count,
  oldUsd: usd.describe('before, of billable calls whose price was known'),
  newUsd: usd,
  models: z.array(
    z.object({
      provider: z.string().nullable(),
      model: z.string().nullable(),
      calls: count,
      changed: count,
      oldUsd: usd,
      newUsd: usd,
      oldUnpriced: count,
      newUnpriced: count,
    }),
  ),
});
export type Repricing = z.infer<typeof Repricing>;

export const DataJob = z.object({
  id: z.string(),
  kind: z.enum(['delete', 'reprice']),
  state: z.enum(['running', 'done']),
  step: z.string(),
  who: z.string(),
  askedAt: time,
  doneAt: time.nullable(),
  error: z.string().nullable().describe('why the last try failed; it is tried again'),
  asked: z.record(z.string(), z.union([z.string(), z.boolean()])),
  deleted: Deleted.nullable(),
  repriced: Repricing.nullable(),
});
export type DataJob = z.infer<typeof DataJob>;

export const DataJobList = z.object({ jobs: z.array(DataJob) });
export type DataJobList = z.infer<typeof DataJobList>;

const rule = {
  days: z.int().min(0).max(100_000).nullable().describe('whole days before today, in UTC'),
  bytes: z.int().positive().nullable().describe('of text, before it is compressed; the newest day stays'),
};
export const RetentionInput = z
  .strictObject(rule)
  .partial()
  .refine((given) => Object.values(given).some((value) => typeof value === 'number'), 'give days, bytes or both');

export const Retention = z.object({ tenant: z.string().describe('* is every tenant without its own'), ...rule });
export type Retention = z.infer<typeof Retention>;
export const RetentionList = z.object({ retention: z.array(Retention) });
export type RetentionList = z.infer<typeof RetentionList>;

export const DataSize = z.object({
  tenants: z
    .array(
      z.object({
        tenant: z.string(),
        spans: count,
        textBytes: count.nullable().describe('before it is compressed; null unless asked for'),
        firstDay: z.iso.date().describe('the day of the oldest span, in UTC'),
        lastDay: z.iso.date(),
      }),
    )
    .describe('those with most spans first'),
  folder: z
    .object({
      bytes: z.object({
        spans: count.describe('the store; 0 when spans are in ClickHouse'),
        log: count,
        objects: count,
        audit: count,
        setAside: count,
        other: count,
      }),
      freeBytes: count.describe('that the disk has room for'),
    })
    .nullable()
    .describe('the data folder of this server; null for a key of one tenant'),
  lastBackupAt: time.nullable().describe('when a backup was last read to its end; null for a key of one tenant'),
});
export type DataSize = z.infer<typeof DataSize>;

export const DataSizeQuery = z.object({
  text: z.enum(['true', 'false']).default('false').describe('also how long the text is, for which all is read'),
});

const base = '/api/v1/data';
const ofTenant = z.object({ tenant: name });

export const dataRoutes = {
  deleteData: {
    method: 'post',
    path: `${base}/delete`,
    summary: 'Delete spans of a tenant, a trace or a user for good',
    scope: 'admin',
    body: DeleteInput,
    answer: DataJob,
    status: 202,
  },
  getDataSize: {
    method: 'get',
    path: `${base}/size`,
    summary: 'How much is stored, of whom and since when, and what it takes on the disk',
    scope: 'admin',
    query: DataSizeQuery,
    answer: DataSize,
  },
  makeBackup: {
    method: 'post',
    path: `${base}/backup`,
    summary: 'Everything that is kept, as a tar for "tallyspan restore"',
    scope: 'admin',
    produces: 'application/x-tar',
  },
  listJobs: {
    method: 'get',
    path: `${base}/jobs`,
    summary: 'Jobs on stored data',
    scope: 'admin',
    answer: DataJobList,
  },
  getJob: {
    method: 'get',
    path: `${base}/jobs/{id}`,
    summary: 'How far a job is, and what came of it',
    scope: 'admin',
    params: z.object({ id: z.string().max(100) }),
    answer: DataJob,
  },
  listRetention: {
    method: 'get',
    path: `${base}/retention`,
    summary: 'How long spans are kept',
    scope: 'admin',
    answer: RetentionList,
  },
  putRetention: {
    method: 'put',
    path: `${base}/retention/{tenant}`,
    summary: "Set how long a tenant's spans are kept",
    scope: 'admin',
    params: ofTenant,
    body: RetentionInput,
    answer: Retention,
  },
  deleteRetention: {
    method: 'delete',
    path: `${base}/retention/{tenant}`,
    summary: 'Keep everything, or what is said of *',
    scope: 'admin',
    params: ofTenant,
    status: 204,
  },
} as const satisfies RouteTable;
