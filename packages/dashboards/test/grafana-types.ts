/**
 * Grafana's own types of what a dashboard of ours holds. `Panel` leaves `options` and `fieldConfig.custom` open, as they belong to the
 * plugin that draws it: those are beside it, by the type of the panel. `grafana-schema.ts` makes JSON schemas of them.
 */
import type * as BarGauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as Heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as PieChart from '@grafana/schema/dist/esm/raw/composable/piechart/panelcfg/x/PieChartPanelCfg_types.gen';
import type * as Stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as Table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as TimeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type { Dashboard } from '@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen';

export interface GrafanaTypes {
  dashboard: Dashboard;
  options: {
    bargauge: BarGauge.Options;
    heatmap: Heatmap.Options;
    piechart: PieChart.Options;
    stat: Stat.Options;
    table: Table.Options;
    timeseries: TimeSeries.Options;
  };
  custom: {
    heatmap: Heatmap.FieldConfig;
    piechart: PieChart.FieldConfig;
    table: Table.FieldConfig;
    timeseries: TimeSeries.FieldConfig;
  };
}
