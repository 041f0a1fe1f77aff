import type { Facts } from '@tallyspan/facts';
import type { Kin, KinOf, Replacement, Store, StoredSpan } from '@tallyspan/store';
import { ownFacts, settle, type Settled } from './settle.ts';

/** What settling asks of a store; all of it or nothing. */
export type SettlingStore = Pick<Store, 'kin' | 'replace' | 'trace'>;

/**
 * New spans with what their traces say of them, after stored spans got what the new ones say of them.
 *
 * Stored spans are changed first: should the process die in between, the batch is read from the log again and changes nothing then.
 * A store that cannot look up kin has spans settled by their batch alone.
 */
export async function settleBatch(store: Partial<SettlingStore>, spans: readonly StoredSpan[]): Promise<StoredSpan[]> {
  if (spans.length === 0) return [];
  const kin = (await store.kin?.(kinOf(spans))) ?? [];
  const settled = settle<Kin | StoredSpan>([...kin, ...spans]);
  if (store.replace) {
    const changed = kin.filter((member) => !isSettled(member, settled.get(member)));
    if (changed.length > 0) await store.replace(await replacements(store as SettlingStore, changed, settled));
  }
  return spans.map((span) => withSettled(span, settled.get(span)));
}

/** What was sent with a tenant's key is settled among itself, and so nobody else's spans are asked for. */
function kinOf(spans: readonly (Kin | StoredSpan)[]): KinOf[] {
  const asked = new Map<string, KinOf>();
  for (const { traceId, facts } of spans) {
    const tenant = facts.tenantSource === undefined ? undefined : facts.tenant;
    asked.set(tenant === undefined ? traceId : `${traceId} ${tenant}`, {
      traceId,
      ...(tenant !== undefined && { tenant }),
    });
  }
  return [...asked.values()];
}

function isSettled({ facts }: Kin, settled: Settled = {}): boolean {
  return (
    facts.uncounted === factsWith(facts, settled).uncounted &&
    JSON.stringify(facts.inherited ?? []) === JSON.stringify(settled.inherited ?? []) &&
    (settled.inherited ?? []).every((fact) => facts[fact as 'tenant'] === settled[fact as 'tenant'])
  );
}

/** Traces are read only when something in them changes. */
async function replacements(
  store: SettlingStore,
  changed: readonly Kin[],
  settled: ReadonlyMap<Kin | StoredSpan, Settled>,
): Promise<Replacement[]> {
  const byKey = new Map(changed.map((member) => [keyOf(member), member]));
  const found: Replacement[] = [];
  for (const { traceId, tenant } of kinOf(changed)) {
    for (const old of await store.trace(traceId, tenant)) {
      const member = byKey.get(keyOf(old));
      if (member) found.push({ old, span: withSettled(old, settled.get(member)), was: old });
    }
  }
  return found;
}

/** A stored span, by what makes it that one. */
function keyOf({ traceId, spanId, facts }: Kin | StoredSpan): string {
  return `${traceId} ${spanId} ${facts.tenant ?? ''}`;
}

function withSettled(span: StoredSpan, settled: Settled | undefined): StoredSpan {
  const facts = factsWith(span.facts, settled);
  return facts === span.facts ? span : { ...span, facts };
}

function factsWith<Given extends Facts>(facts: Given, settled: Settled | undefined): Given {
  const own = ownFacts(facts);
  return settled === undefined ? own : { ...own, ...settled };
}
