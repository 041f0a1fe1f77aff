import { expect, it } from 'vitest';
import { timeSearch } from './api/time-range.ts';
import {
  filterSearch,
  modelsSearch,
  parseSearch,
  signInSearch,
  stringifySearch,
  traceSearch,
  tracesSearch,
} from './search.ts';

it('filters stand in the address as they would be typed', () => {
  expect(stringifySearch({ q: 'a b', status: 'error', agent: undefined, model: '' })).toBe('?q=a+b&status=error');
  expect(stringifySearch({})).toBe('');
  expect(parseSearch('?q=007&agent=%22x%22')).toEqual({ q: '007', agent: '"x"' });
});

it('what is not understood in an address is dropped', () => {
  expect(tracesSearch(parseSearch('?status=purple&q=&evil=1&cols=evil&sort=__proto__'))).toEqual({});
  expect(tracesSearch(parseSearch('?cols=cost,evil&sort=-cost&facets=agent'))).toEqual({
    ...{ cols: 'name,cost', sort: '-cost', facets: 'agent' },
  });
  expect(traceSearch(parseSearch('?span=00f067aa0ba902b7'))).toEqual({ span: '00f067aa0ba902b7' });
  expect(modelsSearch(parseSearch('?view=graph&group=a'))).toEqual({ group: 'a' });
});

it('what a link names becomes a part of the filter that holds beside all others', () => {
  expect(filterSearch(parseSearch('?status=error&agent=two+words')).q).toBe('agent:"two words" status:error');
  expect(filterSearch(parseSearch('?q=a+OR+b&model=gpt-4o')).q).toBe('(a OR b) model:gpt-4o');
  expect(filterSearch(parseSearch('?q=agent:crew&agent=crew')).q).toBe('agent:crew');
});

it('a time is a known range or two ends in order, in UTC', () => {
  expect(timeSearch(parseSearch('?range=1y&from=yesterday&tz=mars'))).toEqual({});
  expect(timeSearch(parseSearch('?range=7d&from=2026-11-20T00:00:00Z'))).toEqual({ range: '7d' });
  expect(timeSearch(parseSearch('?from=2026-11-20T01:00:00%2B01:00&tz=utc'))).toEqual({
    ...{ from: '2026-11-20T00:00:00.000Z', tz: 'utc' },
  });
  expect(timeSearch(parseSearch('?from=2026-11-20T02:00:00Z&to=2026-11-20T01:00:00Z'))).toEqual({});
});

it('after signing in nobody is led to another origin', () => {
  const next = (path: string) => signInSearch({ next: path }).next;
  expect(next('/agents?q=a')).toBe('/agents?q=a');
  expect(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)'].map(next)).toEqual(
    Array(4).fill(undefined),
  );
});
