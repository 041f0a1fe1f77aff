import { expect, it } from 'vitest';
import { costsSearch, parseSearch, stringifySearch, traceSearch, tracesSearch } from './search.ts';

it('filters stand in the address as they would be typed', () => {
  expect(stringifySearch({ q: 'a b', status: 'error', agent: undefined, model: '' })).toBe('?q=a+b&status=error');
  expect(stringifySearch({})).toBe('');
  expect(parseSearch('?q=007&agent=%22x%22')).toEqual({ q: '007', agent: '"x"' });
});

it('what is not understood in an address is dropped', () => {
  expect(tracesSearch(parseSearch('?status=purple&q=&evil=1'))).toEqual({});
  expect(tracesSearch(parseSearch('?status=ok&model=gpt-4o&agent=crew&q=x'))).toEqual({
    status: 'ok',
    model: 'gpt-4o',
    agent: 'crew',
    q: 'x',
  });
  expect(costsSearch(parseSearch('?by=agent,password&range=1y'))).toEqual({});
  expect(costsSearch(parseSearch('?by=tenant,agent&range=7d'))).toEqual({ by: 'tenant,agent', range: '7d' });
  expect(traceSearch(parseSearch('?span=00f067aa0ba902b7'))).toEqual({ span: '00f067aa0ba902b7' });
});

it('a search text of 200 characters is kept and a longer one cut, as the server would refuse it', () => {
  expect(tracesSearch({ q: 'x'.repeat(200) }).q).toHaveLength(200);
  expect(tracesSearch({ q: 'x'.repeat(201) }).q).toHaveLength(200);
});
