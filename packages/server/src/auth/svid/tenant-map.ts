import { isTrustDomain, type SpiffeId, TallyError } from '@tallyspan/facts';

/**
 * Which workloads belong to which tenant:
 *
 *   { pattern: 'spiffe://example.org/agent/{tenant}/{agent}/{role}' }     the id says the tenant
 *   { pattern: 'spiffe://example.org/ns/billing/**', tenant: 'acme' }     the operator says it
 *
 * A segment is itself, `*` for any one, or `{tenant}`, `{agent}`, `{role}`, which are read from it; `**` at the end is any further ones,
 * at least one. The trust domain is always spelled out: each of them says the tenants of its own workloads only as far as it is let.
 */
export interface TenantRule {
  pattern: string;
  tenant?: string;
}

export interface Workload {
  tenant: string;
  agent?: string;
  role?: string;
}

export interface TenantMap {
  /** By the first rule that fits; undefined when none does. */
  find(id: SpiffeId): Workload | undefined;
  /** Other rules, from the next question on. Throws BAD_OPTION, and then those before stay. */
  set(rules: readonly TenantRule[]): void;
}

type Name = keyof Workload;
type Segment = { text: string } | { name: Name } | 'any';

interface Compiled {
  trustDomain: string;
  segments: readonly Segment[];
  hasRest: boolean;
  tenant: string | undefined;
}

export function createTenantMap(rules: readonly TenantRule[]): TenantMap {
  let compiled = rules.map(compile);
  return {
    find: (id) => {
      for (const rule of compiled) {
        const found = match(rule, id);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    set: (next) => {
      compiled = next.map(compile);
    },
  };
}

function match({ trustDomain, segments, hasRest, tenant }: Compiled, id: SpiffeId): Workload | undefined {
  if (id.trustDomain !== trustDomain) return undefined;
  const path = id.path.split('/').slice(1);
  if (hasRest ? path.length <= segments.length : path.length !== segments.length) return undefined;
  const found: Partial<Workload> = tenant === undefined ? {} : { tenant };
  for (const [index, segment] of segments.entries()) {
    if (segment === 'any') continue;
    if ('name' in segment) found[segment.name] = path[index]!;
    else if (segment.text !== path[index]) return undefined;
  }
  return found as Workload;
}

function compile({ pattern, tenant }: TenantRule): Compiled {
  const refuse = (why: string): never => {
    throw new TallyError('BAD_OPTION', {
      option: 'A rule for SPIFFE ids',
      value: JSON.stringify(pattern),
      why,
      fix: 'Write it as spiffe://example.org/agent/{tenant}/{agent}/{role}, or give it a tenant.',
    });
  };
  const [, trustDomain = '', path = ''] = /^spiffe:\/\/([^/]*)\/(.+)$/.exec(pattern) ?? [];
  if (!isTrustDomain(trustDomain)) refuse('It does not begin with a trust domain and a path.');
  const parts = path.split('/');
  const hasRest = parts.at(-1) === '**';
  if (hasRest) parts.pop();
  const segments = parts.map((part): Segment => {
    if (part === '*') return 'any';
    const [, name] = /^\{(tenant|agent|role)\}$/.exec(part) ?? [];
    if (name !== undefined) return { name: name as Name };
    if (!/^[A-Za-z0-9._-]+$/.test(part) || part === '.' || part === '..')
      refuse(`Its segment ${JSON.stringify(part)} is not understood.`);
    return { text: part };
  });
  const names = segments.flatMap((segment) => (typeof segment === 'object' && 'name' in segment ? [segment.name] : []));
  if (new Set(names).size !== names.length) refuse('It reads the same thing from two segments.');
  if (names.includes('tenant') === (tenant !== undefined && tenant !== ''))
    refuse('The tenant is either read from the id or given beside it.');
  return { trustDomain, segments, hasRest, tenant };
}
