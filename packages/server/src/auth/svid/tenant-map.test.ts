import { parseSpiffeId } from '@tallyspan/facts';
import { describe, expect, it } from 'vitest';
import { createTenantMap, type TenantRule } from './tenant-map.ts';

const TEMPLATE = 'spiffe://example.org/agent/{tenant}/{agent}/{role}';
const find = (rules: TenantRule[], id: string) => createTenantMap(rules).find(parseSpiffeId(id)!);

describe('the tenant of a workload', () => {
  it.each([
    [
      { pattern: TEMPLATE },
      'spiffe://example.org/agent/acme/analyst/main',
      { tenant: 'acme', agent: 'analyst', role: 'main' },
    ],
    [{ pattern: TEMPLATE }, 'spiffe://example.org/agent/acme/analyst', undefined],
    [{ pattern: TEMPLATE }, 'spiffe://example.org/agent/acme/analyst/main/more', undefined],
    [{ pattern: TEMPLATE }, 'spiffe://example.org/AGENT/acme/analyst/main', undefined],
    [{ pattern: TEMPLATE }, 'spiffe://other.org/agent/acme/analyst/main', undefined],
    [
      { pattern: 'spiffe://example.org/ns/*/sa/{agent}', tenant: 'acme' },
      'spiffe://example.org/ns/prod/sa/bot',
      { tenant: 'acme', agent: 'bot' },
    ],
    [{ pattern: 'spiffe://example.org/{tenant}/**' }, 'spiffe://example.org/acme/a/b/c', { tenant: 'acme' }],
    [{ pattern: 'spiffe://example.org/{tenant}/**' }, 'spiffe://example.org/acme', undefined],
    [{ pattern: 'spiffe://example.org/**', tenant: 'all' }, 'spiffe://example.org/a', { tenant: 'all' }],
    [{ pattern: 'spiffe://example.org/**', tenant: 'all' }, 'spiffe://example.org', undefined],
  ])('by %j of %s is %j', (rule, id, workload) => {
    expect(find([rule], id)).toEqual(workload);
  });

  it('is what the first rule says that fits', () => {
    const rules = [{ pattern: 'spiffe://example.org/agent/acme/**', tenant: 'acme-special' }, { pattern: TEMPLATE }];
    expect(find(rules, 'spiffe://example.org/agent/acme/a/main')).toEqual({ tenant: 'acme-special' });
    expect(find(rules, 'spiffe://example.org/agent/other/a/main')?.tenant).toBe('other');
  });

  it('is another one as soon as the rules are others; wrong rules change nothing', () => {
    const map = createTenantMap([{ pattern: TEMPLATE }]);
    const id = parseSpiffeId('spiffe://example.org/agent/acme/a/main')!;
    map.set([{ pattern: 'spiffe://example.org/agent/acme/**', tenant: 'sold' }]);
    expect(map.find(id)).toEqual({ tenant: 'sold' });
    expect(() => map.set([{ pattern: 'nonsense' }])).toThrow('does not begin with a trust domain');
    expect(map.find(id)).toEqual({ tenant: 'sold' });
    map.set([]);
    expect(map.find(id)).toBeUndefined();
  });
});

it.each([
  ['no trust domain', { pattern: 'spiffe:///agent/{tenant}' }],
  ['a trust domain that is any', { pattern: 'spiffe://*/agent/{tenant}' }],
  ['a trust domain that says the tenant', { pattern: 'spiffe://{tenant}/agent' }],
  ['no path', { pattern: 'spiffe://example.org', tenant: 'a' }],
  ['an empty segment', { pattern: 'spiffe://example.org//{tenant}' }],
  ['a slash at the end', { pattern: 'spiffe://example.org/{tenant}/' }],
  ['half a name', { pattern: 'spiffe://example.org/a-{tenant}' }],
  ['a name nobody knows', { pattern: 'spiffe://example.org/{user}', tenant: 'a' }],
  ['the rest in the middle', { pattern: 'spiffe://example.org/**/{tenant}' }],
  ['two dots', { pattern: 'spiffe://example.org/../{tenant}' }],
  ['the tenant twice', { pattern: 'spiffe://example.org/{tenant}/{tenant}' }],
  ['the tenant both read and given', { pattern: 'spiffe://example.org/{tenant}', tenant: 'a' }],
  ['no tenant', { pattern: 'spiffe://example.org/a' }],
  ['an empty tenant', { pattern: 'spiffe://example.org/a', tenant: '' }],
])('a rule with %s is refused', (_, rule) => {
  expect(() => createTenantMap([rule])).toThrow(/^A rule for SPIFFE ids is "spiffe/);
});
