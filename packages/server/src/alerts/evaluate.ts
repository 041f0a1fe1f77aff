/** Rules that are looked at now and then: a question to the store, and what it says of each group. */
import { limits, nanosFromUsd, NANOS_PER_MS, NANOS_PER_SECOND } from '@tallyspan/facts';
import type { CostFilter, Dimension, GroupRow, Store } from '@tallyspan/store';
import type { AlertRule } from '../api.ts';
import { filterOf } from '../budgets/definition.ts';
import { type Spend, spendAnomalies } from '../query/spend-anomalies.ts';

export type AlertStore = Pick<Store, 'groups' | 'costs'>;
export type TimedRule = Exclude<AlertRule, { on: 'budget' }>;

/** How it stands with one group. */
export interface Observation {
  /** What the group is called: an agent, a model; empty where all are one. */
  key: string;
  /** Whether somebody should be told. */
  fires: boolean;
  /** Whether it is over: clearly below, or what fires and clears would take turns. */
  clears: boolean;
  text: string;
}

/** What is a tenth below the mark is over. */
const CLEAR_PART = 0.9;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The hours that the last one is compared with: a week of them. */
const HOURS_BACK = 7 * 24;

export async function evaluate(
  rule: TimedRule,
  tenant: string | undefined,
  store: AlertStore,
  nowMs: number,
): Promise<Observation[]> {
  const scope: CostFilter = { ...filterOf(rule.scope), ...(tenant !== undefined && { tenant }) };
  switch (rule.on) {
    case 'error_rate':
      return (await recent(store, scope, rule, nowMs)).map((row) => {
        const rate = (row.errors / row.calls) * 100;
        const enough = row.calls >= rule.callsMin;
        return {
          key: keyOf(row),
          ...against(rate, rule.above, enough),
          text: `${named(row)}${round(rate)} % of ${row.calls} calls failed in ${rule.windowMinutes} min (limit ${rule.above} %)`,
        };
      });
    case 'latency':
      return (await recent(store, scope, rule, nowMs)).map((row) => {
        const p95 = row.durationMs?.p95 ?? 0;
        return {
          key: keyOf(row),
          ...against(p95, rule.above, row.calls >= rule.callsMin),
          text: `${named(row)}95 of 100 calls took up to ${Math.round(p95)} ms in ${rule.windowMinutes} min (limit ${rule.above} ms)`,
        };
      });
    case 'guard_blocks':
      return guardBlocks(rule, scope, store, nowMs);
    case 'spend_anomaly':
      return spendAnomaly(rule, scope, store, nowMs);
    case 'silence': {
      const { rows } = await store.groups({
        ...{ by: [], of: 'calls', order: 'last', limit: 1 },
        // Who was silent for a month is not told of for ever.
        filter: { ...scope, from: nanos(nowMs - 31 * DAY_MS), to: nanos(nowMs) },
      });
      const last = rows[0]?.last;
      if (last === undefined) return [];
      const minutes = Number((nanos(nowMs) - last) / (BigInt(MINUTE_MS) * NANOS_PER_MS));
      return [
        {
          key: '',
          fires: minutes >= rule.minutes,
          clears: minutes < rule.minutes,
          text: `no model call for ${minutes} min (limit ${rule.minutes} min)`,
        },
      ];
    }
  }
}

async function recent(
  store: AlertStore,
  scope: CostFilter,
  rule: Extract<TimedRule, { windowMinutes: number }>,
  nowMs: number,
): Promise<GroupRow[]> {
  const { rows } = await store.groups({
    by: rule.by === undefined ? [] : [rule.by],
    of: 'calls',
    filter: { ...scope, from: nanos(nowMs - rule.windowMinutes * MINUTE_MS), to: nanos(nowMs) },
    order: 'spans',
    limit: limits.costRowsMax,
    ...(rule.on === 'latency' && { percentiles: true }),
  });
  return rows;
}

async function guardBlocks(
  rule: Extract<TimedRule, { on: 'guard_blocks' }>,
  scope: CostFilter,
  store: AlertStore,
  nowMs: number,
): Promise<Observation[]> {
  const { rows } = await store.groups({
    by: rule.by === undefined ? ['error'] : ['error', rule.by],
    of: 'calls',
    filter: { ...scope, from: nanos(nowMs - rule.windowMinutes * MINUTE_MS), to: nanos(nowMs) },
    order: 'spans',
    limit: limits.costRowsMax,
  });
  return rows
    .filter(({ key }) => key[0] === 'guardrail_blocked')
    .map((row) => ({
      key: row.key[1] ?? '',
      ...against(row.calls, rule.above, true),
      text: `${row.key[1] ? `${row.key[1]}: ` : ''}the guard blocked ${row.calls} calls in ${rule.windowMinutes} min (limit ${rule.above})`,
    }));
}

/** The last 60 minutes against the hours of the week before, of each group. */
async function spendAnomaly(
  rule: Extract<TimedRule, { on: 'spend_anomaly' }>,
  scope: CostFilter,
  store: AlertStore,
  nowMs: number,
): Promise<Observation[]> {
  const end = nanos(nowMs);
  const hour = 60n * 60n * NANOS_PER_SECOND;
  const by: Dimension[] = [...(rule.by === undefined ? [] : [rule.by]), `window:${hour}:${end}`];
  const { rows } = await store.costs(by, { ...scope, from: end - hour * BigInt(HOURS_BACK + 1), to: end });
  const spends = new Map<string, Spend & { nanos: Map<number, bigint> }>();
  let windows = 0;
  for (const { key, costNanos, calls } of rows) {
    const value = rule.by === undefined ? '' : (key[0] ?? '');
    const place = Number(BigInt(key.at(-1) ?? '0') / hour);
    const spend = spends.get(value) ?? { value, nanos: new Map<number, bigint>(), calls: 0 };
    spend.nanos.set(place, costNanos);
    if (place === 0) spend.calls = calls;
    spends.set(value, spend);
    windows = Math.max(windows, place);
  }
  const found = spendAnomalies([...spends.values()], { windows, minNanos: nanosFromUsd(rule.usdMin), length: 'hour' });
  return found.map(({ value, score, explanation }) => ({
    key: value ?? '',
    fires: score > rule.above,
    clears: score < rule.above * CLEAR_PART,
    text: `${value ? `${value}: ` : ''}${explanation}`,
  }));
}

function against(value: number, above: number, enough: boolean): Pick<Observation, 'fires' | 'clears'> {
  return { fires: enough && value > above, clears: !enough || value <= above * CLEAR_PART };
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms)) * NANOS_PER_MS;
}

function keyOf({ key }: GroupRow): string {
  return key[0] ?? '';
}

function named(row: GroupRow): string {
  return keyOf(row) === '' ? '' : `${keyOf(row)}: `;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
