export * from './facts.ts';
export * from './units.ts';
export { limits } from './limits.ts';
export { errors, isTallyError, TallyError, type ErrorCode } from './errors.ts';
export { isTrustDomain, parseSpiffeId, type SpiffeId } from './spiffe-id.ts';
export type { Column, ColumnType, Dialect, DialectName, Semconv } from './dialects/column.ts';
export { spanKind } from './dialects/column.ts';
export { dialects } from './dialects/registry.ts';
export { canonicalProvider } from './dialects/providers.ts';
export { readSpan, setOwn, toJson } from './dialects/read.ts';
export { spanName, writeFacts, type Visit, type Writing, type Written } from './dialects/write.ts';
export { CallMetrics, OVERFLOW, type Point, project } from './call-metrics.ts';
export { expose, exposedName, type Exposition, type Sample } from './exposition.ts';
export { countsOf, labelsOf } from './measure.ts';
export {
  type Counted,
  metricFamilies,
  type MetricFamily,
  metricName,
  type Label,
  labelName,
  labelNames,
  type Labels,
  type Measure,
  type Measures,
  type Metric,
  metrics,
} from './metrics.ts';
export type { Cost, CostLine } from './prices/cost.ts';
export { loadPrices, type PricedCall, type Prices } from './prices/price.ts';
export { type OwnPrice, withOwnPrices } from './prices/own-prices.ts';
export { rateTypes } from './prices/rates.ts';
export { priceSpan } from './prices/price-span.ts';
