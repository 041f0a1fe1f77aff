import { TallyError, usdFromNanos } from '@tallyspan/facts';
import { type Migration, type MigrationPlan, migrateToClickhouse, planMigration } from '@tallyspan/server';
import { columns } from './keys.ts';
import { parseClickhouse } from './start.ts';
import { dollars, grouped, plural, printable } from './words.ts';

export interface MigrateCommand {
  dataDir: string;
  clickhouse?: string;
  cluster?: string;
  dryRun?: boolean;
  json?: boolean;
}

type Sums = MigrationPlan['tenants'][number];

/** How often it says how far it is. */
const TELL_MS = 1_000;

/** Prints the comparison; answers whether both sides are the same, or nothing stands in the way of a dry run. */
export async function migrate({ dataDir, clickhouse, cluster, dryRun, json }: MigrateCommand): Promise<boolean> {
  const to = parseClickhouse(clickhouse, cluster);
  if (to === undefined)
    throw new TallyError('BAD_OPTION', {
      ...{ option: '--clickhouse', value: 'missing', why: 'The data are copied there.' },
      fix: 'Give --clickhouse clickhouse://user:password@host:8123/database, or set TALLYSPAN_CLICKHOUSE.',
    });
  const report = (line: string) => console.error(line);
  if (dryRun) {
    const plan = await planMigration({ dataDir, to, report });
    console.log(json ? jsonOf({ dryRun: true, ...plan }) : planText(plan));
    return true;
  }
  const began = performance.now();
  let told = began;
  const migration = await migrateToClickhouse({
    ...{ dataDir, to, report },
    onProgress(copied, of) {
      const now = performance.now();
      if (now - told < TELL_MS && copied < of) return;
      told = now;
      console.error(`${grouped(copied)} of ${plural(of, 'span')}, ${grouped(rate(copied, now - began))} a second`);
    },
  });
  console.log(json ? jsonOf(migration) : migrationText(migration));
  return migration.isSame;
}

function planText({ spans, tenants, runs, there, objects, unstoredBytes }: MigrationPlan): string {
  const rows = tenants.map((sums) => [sums.tenant, ...figures(sums)]);
  return [
    columns([['tenant', 'spans', 'calls', 'dollars'], ...rows].map((row) => row.map(printable))),
    `To copy: ${plural(spans, 'span')}, ${plural(runs, 'run')}, ${kindsText(objects)}. Nothing was copied.`,
    ...(unstoredBytes > 0
      ? [`${grouped(unstoredBytes)} bytes of the ingest log are stored first; they are not in these figures.`]
      : []),
    ...(there > 0
      ? [`ClickHouse has ${plural(there, 'span')} there: it goes on only where they are from this folder.`]
      : ['ClickHouse has no spans there.']),
  ].join('\n');
}

function migrationText({ spans, objects, isSame }: Migration): string {
  const rows = spans.tenants.map(({ from, to, isSame: same }) => [
    (from ?? to)!.tenant,
    ...figures(from),
    ...(same ? ['the same'] : [`there: ${figures(to).join(', ')}`]),
  ]);
  const kinds = objects.filter((each) => each.there !== each.objects).map(({ kind }) => kind);
  return [
    columns([['tenant', 'spans', 'calls', 'dollars', 'in ClickHouse'], ...rows].map((row) => row.map(printable))),
    `${plural(spans.sent, 'span')} of ${grouped(spans.spans)} were sent this time; ${plural(spans.runs.from, 'run')} with their numbers; ${kindsText(objects)}.`,
    ...(spans.runs.isSame ? [] : [`ClickHouse has ${plural(spans.runs.to, 'run')}, or other numbers for them.`]),
    ...(kinds.length > 0 ? [`Not all were taken of: ${kinds.map(printable).join(', ')}.`] : []),
    isSame
      ? 'Both sides are the same: spans, tokens, dollars and ids of every tenant. Start the server with --clickhouse on the same data folder.'
      : 'The sides are not the same. Is a server writing there already? Stop it and give the same command again.',
  ].join('\n');
}

function figures(sums: Sums | undefined): string[] {
  if (sums === undefined) return ['0', '0', dollars('0')];
  const { spans, calls, costNanos, unpricedCalls } = sums;
  const unpriced = unpricedCalls > 0 ? ` + ${plural(unpricedCalls, 'unpriced call')}` : '';
  return [grouped(spans), grouped(calls), dollars(usdFromNanos(costNanos)) + unpriced];
}

function kindsText(kinds: readonly { kind: string; objects: number }[]): string {
  if (kinds.length === 0) return 'no keys, budgets or alerts';
  return kinds.map(({ kind, objects }) => `${grouped(objects)} of ${printable(kind)}`).join(', ');
}

function rate(count: number, ms: number): number {
  return Math.round(count / Math.max(ms / 1_000, 0.001));
}

/** Money as exact text, as the API has it. */
function jsonOf(value: object): string {
  return JSON.stringify(
    value,
    (name, each: unknown) => {
      if (typeof each !== 'bigint') return each;
      return name === 'costNanos' ? String(each) : Number(each);
    },
    2,
  );
}
