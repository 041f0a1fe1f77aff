import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as grafanaUnits from '@grafana/grafana-foundation-sdk/units';
import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { manifest } from '../manifest.ts';
import { boards } from '../panels/boards.ts';
import type { Panel } from '../panels/panel.ts';
import { alertsOf } from '../prometheus/alerts.ts';
import { recordings } from '../prometheus/recordings.ts';
import { buildDashboard } from './build-dashboard.ts';

interface DrawnPanel {
  id: number;
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource: { type: string };
  options: { reduceOptions?: { values: boolean; calcs: string[] } };
  targets: { expr?: string; rawSql?: string; refId: string }[];
}

const panelSchema = {
  type: 'object',
  required: ['id', 'type', 'title', 'description', 'gridPos', 'datasource', 'fieldConfig', 'targets'],
  properties: {
    id: { type: 'integer', minimum: 1 },
    type: { enum: ['timeseries', 'heatmap', 'stat', 'bargauge', 'piechart', 'table'] },
    title: { type: 'string', minLength: 1 },
    description: { type: 'string', minLength: 20 },
    gridPos: {
      type: 'object',
      required: ['x', 'y', 'w', 'h'],
      properties: {
        x: { type: 'integer', minimum: 0, maximum: 23 },
        y: { type: 'integer', minimum: 0 },
        w: { type: 'integer', minimum: 1, maximum: 24 },
        h: { type: 'integer', minimum: 2 },
      },
    },
    datasource: {
      enum: [
        { type: 'prometheus', uid: '${prometheus}' },
        { type: 'grafana-clickhouse-datasource', uid: '${clickhouse}' },
      ],
    },
    fieldConfig: {
      type: 'object',
      properties: {
        defaults: {
          type: 'object',
          required: ['unit'],
          properties: { unit: { enum: [...new Set(Object.values(grafanaUnits))] } },
        },
      },
    },
    targets: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['refId', 'datasource'],
        oneOf: [{ required: ['expr'] }, { required: ['rawSql'] }],
      },
    },
  },
};
const dashboardSchema = {
  type: 'object',
  required: ['uid', 'title', 'schemaVersion', 'templating', 'panels'],
  properties: {
    uid: { type: 'string', pattern: '^[a-z0-9-]{1,40}$' },
    editable: { const: false },
    panels: { type: 'array', items: panelSchema },
  },
};
const isDashboard = new Ajv({ strict: false, allErrors: true }).compile(dashboardSchema);

const drawn = boards.flatMap((board) =>
  (['prometheus', 'clickhouse'] as const).map((from) => {
    const dashboard = JSON.parse(JSON.stringify(buildDashboard(board, from))) as { uid: string; panels: DrawnPanel[] };
    return { board, from, dashboard };
  }),
);

describe('dashboards of Grafana', () => {
  it.each(drawn)(
    '$dashboard.uid is a dashboard: units, data sources and places are ones that Grafana knows',
    ({ dashboard }) => {
      isDashboard(dashboard);
      expect(isDashboard.errors).toBeNull();
    },
  );

  it.each(drawn)(
    '$dashboard.uid: panels have numbers of their own, queries too, and no two lie on one another',
    ({ dashboard }) => {
      const { panels } = dashboard;
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const { targets } of panels) expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      const taken = new Set<string>();
      for (const { gridPos, title } of panels) {
        expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(taken.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false);
            taken.add(`${x},${y}`);
          }
      }
    },
  );

  it('OBS-52 the overview has 23 panels and Agent2Agent 19', () => {
    expect(drawn.map(({ dashboard }) => dashboard.panels.length)).toEqual([23, 23, 19, 19, 19, 19]);
  });

  it('from ClickHouse every panel asks our tables that they answer, and the others ask Prometheus', () => {
    for (const { board, dashboard } of drawn.filter(({ from }) => from === 'clickhouse'))
      expect(dashboard.panels.map(({ targets }) => targets[0]!.rawSql)).toEqual(board.panels.map(({ sql }) => sql));
    const withSql = boards.map(({ panels }) => panels.filter(({ sql }) => sql !== undefined).length);
    expect(withSql).toEqual([11, 11, 16]);
  });

  it('figures, bars and slices show every row of a table, and the last value of a series', () => {
    const shown = new Set<string>();
    for (const { dashboard } of drawn)
      for (const { title, options, targets } of dashboard.panels.filter((panel) => panel.options.reduceOptions)) {
        expect(options.reduceOptions, title).toEqual({
          values: targets[0]!.rawSql !== undefined,
          calcs: ['lastNotNull'],
        });
        shown.add(String(options.reduceOptions!.values));
      }
    expect(shown).toEqual(new Set(['true', 'false']));
  });

  it('OBS-60 the manifest lists every panel with its query, unit, source and meaning, and is committed', () => {
    const committed = readFileSync(join(import.meta.dirname, '../../../../deploy/grafana/manifest.json'), 'utf8');
    expect(JSON.parse(committed)).toEqual(manifest());
    const ids = manifest().flatMap(({ dashboard, panels }) => panels.map(({ id }) => `${dashboard}/${id}`));
    expect(new Set(ids).size).toBe(23 + 19 + 19);
  });
});

describe('PromQL', () => {
  it('every query of every panel and rule is understood by the parser of Prometheus', () => {
    const panels: readonly Panel[] = boards.flatMap((board) => board.panels);
    const all = [
      ...panels.flatMap(({ queries }) => queries.map(({ promql }) => promql)),
      ...recordings().map(({ expr }) => expr),
      ...alertsOf().flatMap(({ when }) => when.map(({ value, is }) => `${value} ${is}`)),
    ];
    expect(all.length).toBeGreaterThan(90);
    for (const promql of all) expect(faultsOf(promql), promql).toEqual([]);
    expect(faultsOf('sum by (tenant) (rate(x[5m])')).not.toEqual([]);
  });

  it('every panel of ours asks one job only: a call that the SDK pushed and the server counted must not count twice', () => {
    for (const { panels } of boards)
      for (const { id, queries, source } of panels)
        for (const { promql } of source === 'tallyspan' ? queries : [])
          for (const [name] of promql.matchAll(/\b(?:tally|tallyspan|gen_ai)_\w+\{[^}]*\}/g))
            expect(name, id).toContain('job="tallyspan"');
  });
});

/** Where the grammar gives up. Grafana's durations are no PromQL. */
function faultsOf(promql: string): number[] {
  const faults: number[] = [];
  parser.parse(promql.replaceAll(/\$__(rate_interval|range)/g, '5m')).iterate({
    enter: ({ type, from }: SyntaxNodeRef) => {
      if (type.isError) faults.push(from);
    },
  });
  return faults;
}
