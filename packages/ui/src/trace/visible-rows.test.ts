import { expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { buildTree } from './build-tree.ts';
import { visibleRows, type Row } from './visible-rows.ts';

const tree = buildTree([
  makeSpan('agent', null),
  makeSpan('researcher', 'agent', { offsetMs: 1 }),
  makeCall('call', 'researcher', '0.1', { offsetMs: 2, model: 'Claude-Sonnet' }),
  makeSpan('writer', 'agent', { offsetMs: 3 }),
  makeSpan('orphan', 'gone', { offsetMs: 4 }),
]);
const shown = (rows: Row[]) => rows.map((row) => (row.type === 'note' ? `note ${row.count}` : row.node.span.spanId));

it('all spans are shown at first, with a note above those that lost their parent', () => {
  expect(shown(visibleRows(tree, new Set()))).toEqual(['agent', 'researcher', 'call', 'writer', 'note 1', 'orphan']);
});

it('a folded span hides what is below it', () => {
  expect(shown(visibleRows(tree, new Set(['researcher'])))).toEqual([
    'agent',
    'researcher',
    'writer',
    'note 1',
    'orphan',
  ]);
  expect(shown(visibleRows(tree, new Set(['agent', 'researcher'])))).toEqual(['agent', 'note 1', 'orphan']);
});

it('a search shows the matches and the way to them, also below a folded span', () => {
  expect(shown(visibleRows(tree, new Set(['agent']), 'SONNET'))).toEqual(['agent', 'researcher', 'call']);
  expect(shown(visibleRows(tree, new Set(), 'nothing like it'))).toEqual([]);
});

it('every row knows its place among the siblings shown', () => {
  const places = visibleRows(tree, new Set()).flatMap((row) =>
    row.type === 'span' ? [`${row.position}/${row.siblings}`] : [],
  );
  expect(places).toEqual(['1/1', '1/2', '1/1', '2/2', '1/1']);
});
