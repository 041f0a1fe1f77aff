import type { TraceList } from '@tallyspan/server';
import { expect, it } from 'vitest';
import { makeTrace } from '../../test/make-trace.ts';
import { mergeHead, rowsOf } from './merge-head.ts';

/** `page('D C')`: traces named by letters, later letters started later. */
const page = (letters: string, nextCursor: string | null = 'next'): TraceList => ({
  traces: letters
    .split(' ')
    .filter(Boolean)
    .map((letter) => makeTrace(letter, { start: `2026-11-21T12:00:0${letter.charCodeAt(0) - 65}.000000000Z` })),
  nextCursor,
});
const letters = (pages: TraceList[]) => pages.map((each) => each.traces.map((trace) => trace.traceId).join(' '));

it('a single page is replaced by the fresh one', () => {
  expect(letters(mergeHead([page('D C')], page('F E')))).toEqual(['F E']);
  expect(mergeHead([page('D C', 'old')], page('E D', 'new'))[0]?.nextCursor).toBe('new');
});

it('new traces push none of the loaded ones out', () => {
  const merged = mergeHead([page('D C', 'after C'), page('B A', null)], page('E D'));
  expect(letters(merged)).toEqual(['E D C', 'B A']);
  expect(merged.map((each) => each.nextCursor)).toEqual(['after C', null]);
});

it('a trace that left the filter goes', () => {
  expect(letters(mergeHead([page('D C'), page('B A')], page('E C')))).toEqual(['E C', 'B A']);
});

it('a gap between the fresh page and the loaded ones lets go of the old', () => {
  expect(letters(mergeHead([page('B A'), page('')], page('F E')))).toEqual(['F E']);
});

it('a fresh page that is the whole list replaces all', () => {
  expect(letters(mergeHead([page('D C'), page('B A')], page('D A', null)))).toEqual(['D A']);
});

it('a trace on two pages is one row', () => {
  expect(rowsOf([page('D C'), page('C B')]).map((trace) => trace.traceId)).toEqual(['D', 'C', 'B']);
});
