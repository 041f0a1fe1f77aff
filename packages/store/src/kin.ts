/** What is asked of a stored span to find out what it is to others of its trace. */
import type { Facts } from '@tallyspan/facts';
import type { StoredSpan } from './store.ts';

/** The facts of {@link Kin}: who a span belongs to and which call it is, and no content. */
export const kinFacts = [
  'operation',
  'uncounted',
  'inherited',
  'tenantSource',
  'responseId',
  'inputTokens',
  'outputTokens',
  'costNanoUsd',
  'tenant',
  'agent',
  'agentVersion',
  'role',
  'runId',
  'userId',
  'sessionId',
  'conversationId',
  'spiffeId',
] as const satisfies (keyof Facts)[];

/** A stored span without what makes it long. `facts` has {@link kinFacts} only. */
export interface Kin extends Pick<
  StoredSpan,
  'traceId' | 'spanId' | 'parentSpanId' | 'start' | 'end' | 'kind' | 'scopeName'
> {
  facts: Pick<Facts, (typeof kinFacts)[number]>;
}

/**
 * Whose stored spans of a trace are asked for: everybody's or, with a tenant, those that were sent with its keys. Whoever else knows the
 * id of the trace is then neither found nor counted.
 */
export interface KinOf {
  traceId: string;
  tenant?: string;
}

/** How many spans there are of what is asked for. */
export interface CountedKin extends KinOf {
  spans: number;
}

/**
 * What is looked at when all together is too much: of each tenant the shortest traces, and of several tenants those first that ask for
 * least, so that none takes the room of another.
 */
export function chooseKin(counted: readonly CountedKin[], spansMax: number): CountedKin[] {
  const sums = new Map<string | undefined, number>();
  const ranked = [...counted].sort(shortestFirst).map((each) => {
    const sum = (sums.get(each.tenant) ?? 0) + each.spans;
    sums.set(each.tenant, sum);
    return { each, sum };
  });
  ranked.sort((left, right) => left.sum - right.sum || shortestFirst(left.each, right.each));
  let left = spansMax;
  return ranked.filter(({ each }) => (left -= each.spans) >= 0).map(({ each }) => each);
}

function shortestFirst(left: CountedKin, right: CountedKin): number {
  return left.spans - right.spans || (left.traceId < right.traceId ? -1 : 1);
}

/** Finds what is asked for of a trace and a tenant, among what was asked for or chosen. */
export class KinIndex {
  readonly #everybodys = new Set<string>();
  readonly #tenants = new Map<string, Set<string>>();

  constructor(kin: readonly KinOf[]) {
    for (const { traceId, tenant } of kin) {
      if (tenant === undefined) this.#everybodys.add(traceId);
      else this.#tenants.set(traceId, (this.#tenants.get(traceId) ?? new Set()).add(tenant));
    }
  }

  get traceIds(): string[] {
    return [...new Set([...this.#everybodys, ...this.#tenants.keys()])];
  }

  hasEverybody(traceId: string): boolean {
    return this.#everybodys.has(traceId);
  }

  hasTenant(traceId: string, tenant: string): boolean {
    return this.#tenants.get(traceId)?.has(tenant) ?? false;
  }

  /** Whether a found span was asked for. */
  has({ traceId, facts }: Kin): boolean {
    if (this.#everybodys.has(traceId)) return true;
    return facts.tenantSource !== undefined && this.hasTenant(traceId, facts.tenant ?? '');
  }
}

/** A stored span and what takes its place. */
export interface Replacement {
  /** As it was found: its ids, its tenant and its start say which one. */
  old: Pick<StoredSpan, 'traceId' | 'spanId' | 'start'> & { facts: Pick<Facts, 'tenant'> };
  span: StoredSpan;
  /** All of it, for whoever keeps sums; where it is not known those are summed anew. */
  was?: StoredSpan;
}
