/** Grafana's builders know no ClickHouse; this is the query of its plugin `grafana-clickhouse-datasource`, version 4. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { Kind } from '../panels/panel.ts';

export const clickhouseUid = { type: 'grafana-clickhouse-datasource', uid: '${clickhouse}' };

const FORMAT = { timeseries: 0, table: 1 };

export function clickhouseTarget(rawSql: string, kind: Kind): Builder<Dataquery> {
  const queryType = kind === 'lines' ? 'timeseries' : 'table';
  const query = {
    datasource: clickhouseUid,
    refId: 'A',
    editorType: 'sql',
    queryType,
    format: FORMAT[queryType],
    rawSql,
  };
  return { build: () => query as unknown as Dataquery };
}
