import { limits, OVERFLOW, type Sample } from '@tallyspan/facts';

/** A metric of the server's own with labels: its name without `_total`, and what it tells. */
export interface Described {
  name: string;
  help: string;
  kind: 'counter' | 'gauge';
}

/** Values by labels. What is over the limit of series is one series of its own, as OpenTelemetry has it. */
export class LabelledSums {
  readonly #described: Described;
  readonly #series = new Map<string, { labels: Record<string, string>; value: number }>();

  constructor(described: Described) {
    this.#described = described;
  }

  /** Adds to what there is. */
  add(labels: Labels, value: number): void {
    this.#find(labels).value += value;
  }

  /** The highest value stays: for moments. */
  raise(labels: Labels, value: number): void {
    const series = this.#find(labels);
    series.value = Math.max(series.value, value);
  }

  samples(): Sample[] {
    return [...this.#series.values()].map(({ labels, value }) => ({ ...this.#described, labels, value }));
  }

  #find(labels: Labels): { labels: Record<string, string>; value: number } {
    let key = '';
    for (const name of Object.keys(labels)) if (labels[name] !== undefined) key += `${name}\u0000${labels[name]}\u0001`;
    let series = this.#series.get(key);
    if (series) return series;
    const isOver = this.#series.size >= limits.serverSeriesMax;
    if (isOver) key = OVERFLOW;
    series = this.#series.get(key);
    if (series) return series;
    const said = Object.entries(labels).filter((pair): pair is [string, string] => pair[1] !== undefined);
    series = { labels: isOver ? { [OVERFLOW.replaceAll('.', '_')]: 'true' } : Object.fromEntries(said), value: 0 };
    this.#series.set(key, series);
    return series;
  }
}

/** Where a span does not say, there is no label. */
type Labels = Readonly<Record<string, string | undefined>>;
