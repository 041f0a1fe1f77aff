import { setTimeout as sleep } from 'node:timers/promises';
import { TallyError } from '@tallyspan/facts';
import type { DataJob, DeleteInput, Retention, RetentionList } from '@tallyspan/server';
import { askServer } from './ask-server.ts';
import { columns } from './keys.ts';
import { grouped, printable } from './words.ts';

interface Asked {
  url: string;
  json?: boolean;
}

export interface DeleteCommand extends Asked, DeleteInput {
  trace?: string;
}

export interface KeepCommand extends Asked {
  days?: string;
  bytes?: string;
}

const PATH = '/api/v1/data';
/** How often a job is asked how far it is. */
const LOOK_MS = 500;

/** Deletes spans for good, waits until the disk forgot them, and prints the proof. */
export async function deleteData({ url, json, tenant, trace, user }: DeleteCommand): Promise<void> {
  const body: DeleteInput = { tenant, traceId: trace, user };
  const job = await followJob(url, await askServer<DataJob>({ url, path: `${PATH}/delete`, method: 'POST', body }));
  if (json) return console.log(JSON.stringify(job, null, 2));
  const { spans, deleted, left, traces, countedAt, disk, setAside } = job.deleted!;
  console.log(
    [
      `${job.id}: ${grouped(spans)} spans of ${grouped(traces)} traces were found, ${grouped(deleted)} deleted; a count at ${countedAt} found ${left}.`,
      `The ingest log holds none of them. On the disk of the store: ${disk}.`,
      ...(setAside > 0
        ? [`${setAside} records that could not be read lie in the folder set-aside: look there yourself.`]
        : []),
    ].join('\n'),
  );
}

/** Tells how far it is while it runs. */
export async function followJob(url: string, job: DataJob): Promise<DataJob> {
  let told = '';
  while (job.state !== 'done') {
    const line = job.error === null ? job.step : `${job.step}, and failed: ${job.error}`;
    if (line !== told) console.error(`${job.id} ${printable((told = line))}`);
    await sleep(LOOK_MS);
    job = await askServer<DataJob>({ url, path: `${PATH}/jobs/${job.id}` });
  }
  return job;
}

/** Prints how long spans are kept. */
export async function listRetention({ url, json }: Asked): Promise<void> {
  const answer = await askServer<RetentionList>({ url, path: `${PATH}/retention` });
  if (json) return console.log(JSON.stringify(answer, null, 2));
  if (answer.retention.length === 0) return console.log('Everything is kept.');
  console.log(columns([['tenant', 'days', 'bytes'], ...answer.retention.map(row)]));
}

/** Sets how long the spans of a tenant are kept; without a limit, for ever. */
export async function keepData(tenant: string, { url, json, days, bytes }: KeepCommand): Promise<void> {
  const path = `${PATH}/retention/${encodeURIComponent(tenant)}`;
  if (days === undefined && bytes === undefined) {
    await askServer({ url, path, method: 'DELETE' });
    if (json) return console.log(JSON.stringify({ tenant, days: null, bytes: null }, null, 2));
    return console.log(`There is no limit for ${printable(tenant)} any more.`);
  }
  const body = { days: whole('--days', days), bytes: whole('--bytes', bytes) };
  const answer = await askServer<Retention>({ url, path, method: 'PUT', body });
  console.log(json ? JSON.stringify(answer, null, 2) : columns([row(answer)]));
}

function row({ tenant, days, bytes }: Retention): string[] {
  return [tenant, days === null ? '' : String(days), bytes === null ? '' : grouped(bytes)].map(printable);
}

function whole(option: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new TallyError('BAD_OPTION', {
    ...{ option, value: JSON.stringify(text), why: 'It is a whole number.', fix: 'Write it like 30.' },
  });
}
