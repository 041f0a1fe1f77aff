import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Kind, PromQuery } from '../panels/panel.ts';

/** The data source that the reader of the dashboard chooses. */
export const prometheusUid = { type: 'prometheus', uid: '${prometheus}' };

export function prometheusTarget({ promql, legend }: PromQuery, kind: Kind, refId: string): DataqueryBuilder {
  const query = new DataqueryBuilder().datasource(prometheusUid).refId(refId).expr(promql).legendFormat(legend);
  if (kind === 'heat') return query.range().format(PromQueryFormat.Heatmap);
  if (kind === 'lines') return query.range().exemplar(promql.includes('_bucket'));
  return query.instant().format(kind === 'table' ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
}
