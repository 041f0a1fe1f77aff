import { tenantOf } from './span-columns.ts';
import type { StoredSpan } from './store.ts';

export interface Run {
  tenant: string;
  agent: string;
  runId: string;
  /** First start in the batch; decides the order of runs that come together. */
  start: bigint;
}

/** The runs that these spans belong to, by {@link runKey}. */
export function runsOf(spans: readonly StoredSpan[]): Map<string, Run> {
  const runs = new Map<string, Run>();
  for (const span of spans) {
    const { agent = '', runId } = span.facts;
    if (runId === undefined) continue;
    const tenant = tenantOf(span);
    const key = runKey(tenant, agent, runId);
    const run = runs.get(key);
    if (!run || span.start < run.start) runs.set(key, { tenant, agent, runId, start: span.start });
  }
  return runs;
}

/** The order in which runs that come together are numbered. */
export function byStart([, left]: [string, Run], [, right]: [string, Run]): number {
  if (left.start !== right.start) return left.start < right.start ? -1 : 1;
  return left.runId < right.runId ? -1 : left.runId > right.runId ? 1 : 0;
}

/** ClickHouse keeps a hash of it. */
export function runKey(tenant: string, agent: string, runId: string): string {
  // Spans of a run come together, and are asked about one after the other.
  if (tenant !== last.tenant || agent !== last.agent || runId !== last.runId)
    last = { tenant, agent, runId, key: JSON.stringify([tenant, agent, runId]) };
  return last.key;
}

let last = { tenant: '', agent: '', runId: '', key: '["","",""]' };
