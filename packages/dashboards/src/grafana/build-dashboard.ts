/** Dashboards of Grafana from rows of panels, with Grafana's own builders, so that what we write is what it reads. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  type GridPos,
  type Panel as GrafanaPanel,
  QueryVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Board, Panel } from '../panels/panel.ts';
import { label } from '../promql.ts';
import { units } from '../panels/units.ts';
import { clickhouseTarget, clickhouseUid } from './clickhouse-target.ts';
import { prometheusTarget, prometheusUid } from './prometheus-target.ts';
import { drawings, type PanelBuilder } from './drawings.ts';
import { upToDate } from './up-to-date.ts';

export type DataSource = 'prometheus' | 'clickhouse';

/**
 * `clickhouse`: panels that our tables answer ask them; what only processes and proxies know still comes from Prometheus.
 */
export function buildDashboard(board: Board, from: DataSource): Dashboard {
  const fromTables = from === 'clickhouse';
  const dashboard = new DashboardBuilder(fromTables ? `${board.title} (ClickHouse)` : board.title)
    .uid(fromTables ? `${board.uid}-clickhouse` : board.uid)
    .description(board.about)
    .tags(['tallyspan', 'generated'])
    .timezone('browser')
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .readonly();
  for (const variable of variables(fromTables)) dashboard.withVariable(variable);
  const places = placesOf(board.panels);
  for (const [index, panel] of board.panels.entries())
    dashboard.withPanel(draw(panel, { from, id: index + 1, place: places[index]! }));
  return upToDate(dashboard.build());
}

interface Drawn {
  from: DataSource;
  id: number;
  place: GridPos;
}

function draw(panel: Panel, { from, id, place }: Drawn): Builder<GrafanaPanel> {
  const { title, meaning, unit, kind, queries, sql } = panel;
  const asked = from === 'clickhouse' ? sql : undefined;
  const builder: PanelBuilder = drawings[kind](asked === undefined ? 'series' : 'table');
  builder.id(id).title(title).description(meaning).gridPos(place).unit(units[unit]);
  const steps = thresholds(panel);
  if (steps) builder.thresholds(steps);
  const letters = 'ABCDEFGH';
  if (asked !== undefined) return builder.datasource(clickhouseUid).withTarget(clickhouseTarget(asked, kind));
  builder.datasource(prometheusUid);
  for (const [index, query] of queries.entries()) builder.withTarget(prometheusTarget(query, kind, letters[index]!));
  return builder;
}

function thresholds({ warn, bad, lowIsBad }: Panel): ThresholdsConfigBuilder | undefined {
  if (warn === undefined && bad === undefined) return undefined;
  const steps = lowIsBad
    ? [
        { value: null, color: 'red' },
        ...(bad === undefined ? [] : [{ value: bad, color: warn === undefined ? 'green' : 'yellow' }]),
        ...(warn === undefined ? [] : [{ value: warn, color: 'green' }]),
      ]
    : [
        { value: null, color: 'green' },
        ...(warn === undefined ? [] : [{ value: warn, color: 'yellow' }]),
        ...(bad === undefined ? [] : [{ value: bad, color: 'red' }]),
      ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

const ALL = { text: 'All', value: '$__all', selected: true };

function variables(fromTables: boolean) {
  const prometheus = new DatasourceVariableBuilder('prometheus').label('Prometheus').type('prometheus');
  const clickhouse = new DatasourceVariableBuilder('clickhouse')
    .label('ClickHouse')
    .type('grafana-clickhouse-datasource');
  const choice = (name: 'tenant' | 'agent') => {
    const variable = new QueryVariableBuilder(name)
      .label(name === 'tenant' ? 'Tenant' : 'Agent')
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .multi(true)
      .includeAll(true)
      .current(ALL);
    const column = name === 'tenant' ? 'tenant' : "ifNull(agent, '')";
    if (fromTables)
      return variable
        .datasource(clickhouseUid)
        .query(`SELECT DISTINCT ${column} FROM spans WHERE start_nanos >= \${__from} * 1000000 ORDER BY 1`);
    return variable
      .datasource(prometheusUid)
      .query(`label_values({job="tallyspan"}, ${label(name)})`)
      .allValue('.*');
  };
  return [prometheus, ...(fromTables ? [clickhouse] : []), choice('tenant'), choice('agent')];
}

/** Figures four in a row, the rest two; from left to right, and a new line where the next does not fit. */
function placesOf(panels: readonly Panel[]): GridPos[] {
  const places: GridPos[] = [];
  let [x, y, rowHeight] = [0, 0, 0];
  for (const { kind } of panels) {
    const [w, h] = kind === 'figure' ? [6, 5] : [12, 8];
    if (x + w > 24) {
      y += rowHeight;
      x = 0;
      rowHeight = 0;
    }
    places.push({ x, y, w, h });
    x += w;
    rowHeight = Math.max(rowHeight, h);
  }
  return places;
}
