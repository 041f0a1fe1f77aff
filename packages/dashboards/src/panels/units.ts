import * as grafana from '@grafana/grafana-foundation-sdk/units';

/** What we show, and what Grafana calls it. */
export const units = {
  count: grafana.Short,
  ratio: grafana.PercentUnit,
  seconds: grafana.Seconds,
  bytes: grafana.BytesIEC,
  bytesPerSecond: 'binBps',
  perSecond: 'cps',
  dollars: 'currencyUSD',
} as const;

export type Unit = keyof typeof units;
