import { expect, it } from 'vitest';
import { completeFilter } from './complete-filter.ts';

it.each([
  ['|', { field: undefined, prefix: '', from: 0, to: 0 }],
  ['mo|', { field: undefined, prefix: 'mo', from: 0, to: 2 }],
  ['a -mo|del', { field: undefined, prefix: 'mo', from: 3, to: 5 }],
  ['model:|', { field: 'model', prefix: '', from: 6, to: 6 }],
  ['x (model:gpt|', { field: 'model', prefix: 'gpt', from: 9, to: 12 }],
  ['user:"Ann L|', { field: 'user', prefix: 'Ann L', from: 5, to: 11 }],
  ['attr.http.method:G|', { field: 'attr.http.method', prefix: 'G', from: 17, to: 18 }],
  ['span.status:e|', { field: 'status', prefix: 'e', from: 12, to: 13 }],
  ['model:gpt |', { field: undefined, prefix: '', from: 10, to: 10 }],
  ['"free te|', { field: undefined, prefix: '', from: 8, to: 8 }],
])('%s is completed', (text, expected) => {
  expect(completeFilter(text.replace('|', ''), text.indexOf('|'))).toEqual(expected);
});
