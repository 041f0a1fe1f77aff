/** What `/metrics` says, as far as the page asks: the text format of Prometheus, a sample on each line. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** `tallyspan_ingest_spans_total{code="X"} 12`. Lines that are no sample are left out. */
export function readMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)/.exec(line);
    if (!match) continue;
    const [, name = '', labels = '', value = ''] = match;
    samples.push({ name, labels: labelsIn(labels), value: value === '+Inf' ? Infinity : Number(value) });
  }
  return samples;
}

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g))
    labels[name] = value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
  return labels;
}

/** The sum of a metric over its labels; a counter may be asked without its ending. Undefined when it is not told. */
export function sumOf(samples: readonly Sample[], name: string): number | undefined {
  const found = samples.filter((sample) => sample.name === name || sample.name === `${name}_total`);
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}
