import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@tallyspan/facts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sink, startSink } from '../../test/otlp-sink.ts';
import { chatFacts, endedSpan } from '../../test/fixtures.ts';
import { retryAfterMs } from './post.ts';
import { envelope } from './request.ts';
import { writeSpan } from './span-bytes.ts';
import { SpanExporter } from './span-exporter.ts';

const entry = Buffer.from(writeSpan(endedSpan(chatFacts), { dialects: ['otel'], semconv: '1.41' }));
const outer = envelope({}, 'test', '0');
const exporterTo = (url: string) =>
  new SpanExporter({ url: new URL('/v1/traces', url), headers: {}, timeoutMs: 10_000, compress: true }, outer);

let sink: Sink;
beforeEach(async () => void (sink = await startSink()));
afterEach(() => sink.close());

const balanced = ({ counts }: SpanExporter) =>
  counts.exported + counts.waiting + Object.values(counts.dropped).reduce((sum, count) => sum + count) ===
  counts.created;

describe('the exporter', () => {
  it('sends by itself a moment after a span ended', async () => {
    exporterTo(sink.url).add(entry);
    await expect.poll(() => sink.requests, { timeout: 5000 }).toBe(1);
  });

  it('keeps no more bytes than its bound and counts what it drops', async () => {
    sink.answers.push('hang');
    const exporter = exporterTo(sink.url);
    const room = Math.floor(limits.exportBufferBytesMax / entry.length);
    for (let index = 0; index < room + 100; index++) exporter.add(entry);
    expect(exporter.counts).toMatchObject({ created: room + 100, waiting: room, dropped: { bufferFull: 100 } });
    expect(balanced(exporter)).toBe(true);
  });

  it('sends no request over the limit and drops an entry that could never be sent', async () => {
    const exporter = exporterTo(sink.url);
    exporter.add(Buffer.alloc(limits.exportRequestBytesMax + 1));
    expect(exporter.counts.dropped.tooLarge).toBe(1);
    const entries = Math.ceil((limits.exportRequestBytesMax * 2.5) / entry.length);
    for (let index = 0; index < entries; index++) exporter.add(entry);
    await exporter.flush(15_000);
    expect(sink.requests).toBeGreaterThanOrEqual(3);
    expect(exporter.counts.waiting).toBe(0);
  });

  it('keeps what a full server refuses for now and sends it later', async () => {
    sink.answers.push(503);
    const exporter = exporterTo(sink.url);
    exporter.add(entry);
    await exporter.flush();
    expect(exporter.counts).toMatchObject({ exported: 0, waiting: 1 });
    await expect.poll(() => exporter.counts.exported, { timeout: 10_000 }).toBe(1);
    expect(balanced(exporter)).toBe(true);
  });

  it('does not come back before its pause is over, though it was about to send', async () => {
    sink.answers.push(503);
    const exporter = exporterTo(sink.url);
    exporter.add(entry);
    await exporter.flush();
    await pause(2.5 * limits.exportIntervalMs);
    expect([sink.requests, exporter.counts.waiting]).toEqual([1, 1]);
  });

  it('counts what a server refuses of a request that it has otherwise taken, and does not send it again', async () => {
    // ExportTraceServiceResponse { partial_success { rejected_spans: 2 } }
    sink.bodies.push(Buffer.from([0x0a, 0x02, 0x08, 0x02]), Buffer.from('<html>200 rejected</html>'));
    const exporter = exporterTo(sink.url);
    for (let count = 0; count < 5; count++) exporter.add(entry);
    await exporter.flush();
    expect(exporter.counts).toMatchObject({ exported: 3, waiting: 0, dropped: { refused: 2 } });
    exporter.add(entry);
    await exporter.flush();
    expect(exporter.counts).toMatchObject({ exported: 4, waiting: 0, dropped: { refused: 2 } });
    expect(balanced(exporter)).toBe(true);
  });

  it('gives up what a server refuses for good', async () => {
    sink.answers.push(400);
    const exporter = exporterTo(sink.url);
    exporter.add(entry);
    await exporter.flush();
    expect(exporter.counts).toMatchObject({ waiting: 0, dropped: { refused: 1 } });
  });

  it('survives that nothing listens, and counts', async () => {
    await sink.close();
    const exporter = exporterTo(sink.url);
    exporter.add(entry);
    await exporter.flush();
    expect(exporter.counts).toMatchObject({ created: 1, waiting: 1 });
    sink = await startSink();
  });

  it('understands Retry-After in seconds and as a date', () => {
    expect(retryAfterMs('3')).toBe(3000);
    expect(retryAfterMs('Sat, 21 Nov 2026 12:00:05 GMT', Date.UTC(2026, 10, 21, 12))).toBe(5000);
    expect(retryAfterMs('soon')).toBeUndefined();
    expect(retryAfterMs(undefined)).toBeUndefined();
  });
});
