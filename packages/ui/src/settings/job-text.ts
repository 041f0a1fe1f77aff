import type { DataJob } from '@tallyspan/server';
import { countOf, exactCount } from '../format/count.ts';
import { exactUsd } from '../format/money.ts';
import { printable } from '../format/printable.ts';
import { formatExact, isoFromNanoText } from '../format/time.ts';

const NAMES: Readonly<Record<string, string>> = {
  tenant: 'tenant',
  traceId: 'trace',
  user: 'user',
  model: 'model',
  from: 'from',
  to: 'until',
};

/** What a job was asked for: `Delete user bob of tenant acme`. */
export function jobTitle({ kind, asked }: Pick<DataJob, 'kind' | 'asked'>): string {
  const whom = Object.entries(NAMES).flatMap(([name, text]) => {
    const value = asked[name];
    if (typeof value !== 'string') return [];
    return [`${text} ${name === 'from' || name === 'to' ? formatExact(isoFromNanoText(value)) : printable(value)}`];
  });
  const verb = kind === 'delete' ? 'Delete' : asked['dryRun'] === false ? 'Price anew' : 'Try to price anew';
  return whom.length === 0 ? `${verb} everything` : `${verb} ${whom.join(', ')}`;
}

/** How it stands: the step it is at, why it failed last, or what came of it. */
export function jobResult(job: DataJob): string {
  if (job.state === 'running')
    return job.error === null
      ? `Running: ${printable(job.step)}`
      : `Tried again, as it failed: ${printable(job.error)}`;
  if (job.deleted) {
    const { spans, deleted, left, traces } = job.deleted;
    return `${exactCount(deleted)} of ${countOf(spans, 'span')} in ${countOf(traces, 'trace')} deleted; a count afterwards found ${exactCount(left ?? 0)}`;
  }
  const { changed = 0, spans = 0, oldUsd = '0', newUsd = '0', dryRun = true } = job.repriced ?? {};
  return `${exactCount(changed)} of ${countOf(spans, 'span')} ${dryRun ? 'would change' : 'changed'}: ${exactUsd(oldUsd)} to ${exactUsd(newUsd)}`;
}

/** What shows that deleting is complete, line by line; none while it runs. */
export function jobProof({ deleted, state }: DataJob): { text: string; isGood: boolean }[] {
  if (deleted === null || state !== 'done' || deleted.countedAt === null) return [];
  return [
    {
      text: `A count at ${formatExact(deleted.countedAt)} found ${countOf(deleted.left ?? 0, 'span')}`,
      isGood: deleted.left === 0,
    },
    {
      text: deleted.logHolds
        ? 'The ingest log of this server still holds what was received before'
        : 'The ingest log of this server holds none of it',
      isGood: !deleted.logHolds,
    },
    { text: `On the disk of the store: ${printable(deleted.disk)}`, isGood: !deleted.diskHolds },
    ...(deleted.setAside > 0
      ? [
          {
            text: `${countOf(deleted.setAside, 'record')} that nobody could read lie in the folder set-aside: look there yourself`,
            isGood: false,
          },
        ]
      : []),
  ];
}
