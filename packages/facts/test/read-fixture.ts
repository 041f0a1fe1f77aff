/** For tests: true payloads as OTLP/JSON, with how they were got. */
import { readFileSync } from 'node:fs';
import type { Attributes, AttributeValue, SpanKind, SpanStatus, WireSpan } from '../src/facts.ts';

export interface Fixture {
  about: string;
  recorded: string;
  request: OtlpRequest;
}

interface OtlpRequest {
  resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: ScopeSpans[] }[];
}
interface ScopeSpans {
  scope: { name: string; version?: string };
  spans: OtlpSpan[];
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code: number; message?: string };
  attributes: KeyValue[];
  events?: { name: string; timeUnixNano: string; attributes: KeyValue[] }[];
}
interface KeyValue {
  key: string;
  value: AnyValue;
}
interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number | string;
  doubleValue?: number;
  arrayValue?: { values: AnyValue[] };
  kvlistValue?: { values: KeyValue[] };
}

export function loadFixture(name: string): Fixture {
  return JSON.parse(readFileSync(new URL(`../src/dialects/fixtures/${name}.json`, import.meta.url), 'utf8')) as Fixture;
}

/** Its spans in the order in which they were sent. */
export function spansOf({ request }: Fixture): WireSpan[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => wireSpan(span, scope, attributesOf(resource.attributes))),
    ),
  );
}

const kinds: readonly SpanKind[] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses: readonly SpanStatus[] = ['unset', 'ok', 'error'];

function wireSpan(span: OtlpSpan, scope: ScopeSpans['scope'], resource: Attributes): WireSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    traceState: '',
    name: span.name,
    kind: kinds[span.kind] ?? 'internal',
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
    status: statuses[span.status.code] ?? 'unset',
    statusMessage: span.status.message ?? '',
    attributes: attributesOf(span.attributes),
    events: (span.events ?? []).map(({ name, timeUnixNano, attributes }) => ({
      name,
      time: BigInt(timeUnixNano),
      attributes: attributesOf(attributes),
    })),
    links: [],
    resource,
    scopeName: scope.name,
    scopeVersion: scope.version ?? '',
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}

function attributesOf(list: readonly KeyValue[]): Attributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue }: AnyValue): AttributeValue {
  if (arrayValue) return arrayValue.values.map(valueOf);
  if (kvlistValue) return attributesOf(kvlistValue.values);
  if (intValue !== undefined) return Number(intValue);
  return stringValue ?? boolValue ?? doubleValue ?? null;
}
