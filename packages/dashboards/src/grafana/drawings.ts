import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TableCellDisplayMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { GridPos, Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as Heatmap } from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as PieChart, PieChartLabels } from '@grafana/grafana-foundation-sdk/piechart';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Kind } from '../panels/panel.ts';

/** What the builders of all kinds have in common. */
export interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  gridPos(gridPos: GridPos): this;
  unit(unit: string): this;
  datasource(datasource: DataSourceRef): this;
  thresholds(thresholds: Builder<ThresholdsConfig>): this;
  withTarget(target: Builder<Dataquery>): this;
}

const legendBelow = () =>
  new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom);

/** What the query answers: of a series its last value is shown; of a table every row, or all but one would be lost. */
export type Answer = 'series' | 'table';

const values = (answer: Answer) => new ReduceDataOptionsBuilder().values(answer === 'table').calcs(['lastNotNull']);

export const drawings: Record<Kind, (answer: Answer) => PanelBuilder> = {
  lines: () => new TimeSeries().fillOpacity(8).lineWidth(1).legend(legendBelow()),
  heat: () => new Heatmap().calculate(false),
  figure: (answer) => new Stat().reduceOptions(values(answer)),
  bars: (answer) => new BarGauge().displayMode(BarGaugeDisplayMode.Basic).reduceOptions(values(answer)),
  pie: (answer) =>
    new PieChart().displayLabels([PieChartLabels.Name, PieChartLabels.Percent]).reduceOptions(values(answer)),
  table: () => new Table().cellOptions({ type: TableCellDisplayMode.Auto }),
};
