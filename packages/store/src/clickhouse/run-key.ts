import { createHash } from 'node:crypto';
import { runKey } from '../runs.ts';
import { tenantOf } from '../span-columns.ts';
import type { StoredSpan } from '../store.ts';

/** Stands for the run: names may be longer than a parameter of a statement. No bytes for a span without one. */
export function runKeyOf(span: StoredSpan): string {
  const { agent = '', runId } = span.facts;
  return runId === undefined ? '' : hash(runKey(tenantOf(span), agent, runId));
}

/** 16 bytes in hex. */
export function hash(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}
