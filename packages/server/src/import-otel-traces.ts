/**
 * Spans that an OpenTelemetry Collector has stored in ClickHouse, sent to a running server as if they came today. A span that is there
 * already changes nothing, so an import that broke off is simply run again.
 */
import { TallyError } from '@tallyspan/facts';
import { type OtelTracesOptions, type OtelTracesRow, readOtelTraces } from '@tallyspan/store';

export interface ImportOptions extends OtelTracesOptions {
  /** The running server, `http://127.0.0.1:4318`. */
  serverUrl: string;
  /** A key for sending spans, where the server asks for one. */
  key?: string;
  /** After each request that was taken: how many spans so far, and up to which start. */
  onProgress?: (spans: number, start: bigint) => void;
}

const spansPerRequest = 500;
/** How often a request is sent that the server has no room for at present. */
const triesMax = 60;

/** Answers how many spans were sent and how many of them the server refused. Throws SERVER_UNREACHABLE or CLICKHOUSE_UNUSABLE. */
export async function importOtelTraces(options: ImportOptions): Promise<{ sent: number; refused: number }> {
  let sent = 0;
  let refused = 0;
  for await (const rows of readOtelTraces(options)) {
    for (let start = 0; start < rows.length; start += spansPerRequest) {
      const part = rows.slice(start, start + spansPerRequest);
      refused += await send(options, requestOf(part));
      sent += part.length;
      options.onProgress?.(sent, part.at(-1)!.start);
    }
  }
  return { sent, refused };
}

async function send({ serverUrl, key }: ImportOptions, body: string): Promise<number> {
  const unreachable = (reason: string, cause?: unknown) =>
    new TallyError('SERVER_UNREACHABLE', { url: serverUrl, reason }, cause);
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(new URL('/v1/traces', serverUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) },
      body,
    }).catch((error: Error & { cause?: Error }) => {
      throw unreachable(error.cause?.message || error.message, error);
    });
    const answer = (await response.json().catch(() => ({}))) as {
      partialSuccess?: { rejectedSpans?: string | number };
    };
    if (response.ok) return Number(answer.partialSuccess?.rejectedSpans ?? 0);
    if (![429, 502, 503, 504].includes(response.status) || tries === triesMax)
      throw unreachable(`It answered ${response.status}.`);
    const seconds = Number(response.headers.get('retry-after') ?? 1) || 1;
    await new Promise((done) => setTimeout(done, Math.min(seconds, 10) * 1_000));
  }
}

/** An OTLP/JSON request. */
function requestOf(rows: readonly OtelTracesRow[]): string {
  return JSON.stringify({
    resourceSpans: rows.map((row) => ({
      resource: { attributes: attributesOf(row.resource) },
      scopeSpans: [{ scope: { name: row.scopeName, version: row.scopeVersion }, spans: [spanOf(row)] }],
    })),
  });
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses = ['unset', 'ok', 'error'];

/** `Client` and `SPAN_KIND_CLIENT` are 3. */
function numberOf(names: readonly string[], name: string): number {
  return Math.max(0, names.indexOf(name.replace(/^(SPAN_KIND|STATUS_CODE)_/, '').toLowerCase()));
}

function spanOf(row: OtelTracesRow): object {
  return {
    traceId: row.traceId,
    spanId: row.spanId,
    parentSpanId: row.parentSpanId,
    traceState: row.traceState,
    name: row.name,
    kind: numberOf(kinds, row.kind),
    startTimeUnixNano: String(row.start),
    endTimeUnixNano: String(row.start + row.durationNanos),
    status: { code: numberOf(statuses, row.status), message: row.statusMessage },
    attributes: attributesOf(row.attributes),
    events: row.events.map(({ time, name, attributes }) => ({
      timeUnixNano: String(time),
      name,
      attributes: attributesOf(attributes),
    })),
    links: row.links.map(({ attributes, ...link }) => ({ ...link, attributes: attributesOf(attributes) })),
  };
}

function attributesOf(attributes: Record<string, string>): object[] {
  return Object.entries(attributes).map(([key, text]) => ({ key, value: valueOf(key, text) }));
}

/** What is a number by its name, though it may be whole. */
const doubles = /temperature|top_p|penalty|time_to_first|cost/;

/**
 * The exporter made text of everything. What can only have been a fraction, a truth value or a list of plain values becomes that again.
 * Whole numbers stay text: they may be somebody's id, and counts are read from text as well.
 */
function valueOf(key: string, text: string): object {
  if (/^-?\d+\.\d+(e[+-]?\d+)?$/i.test(text) || (doubles.test(key) && /^-?\d+$/.test(text)))
    return { doubleValue: Number(text) };
  if (text === 'true' || text === 'false') return { boolValue: text === 'true' };
  const list = text.startsWith('[') ? listOf(text) : undefined;
  return list ? { arrayValue: { values: list.map((stringValue) => ({ stringValue })) } } : { stringValue: text };
}

function listOf(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
