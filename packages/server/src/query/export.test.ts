import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCall } from '../../test/make-call.ts';
import { encodeSpans } from '../../test/otlp-reference.ts';
import { PROTOBUF, send } from '../../test/send.ts';
import { eventually, startTestServer, type TestServer } from '../../test/start-test-server.ts';
import type { Costs } from '../api.ts';

const T0 = 1_763_726_400_000_000_000n;
/** More than one page of an export. */
const count = 1_203;
const secret = 'the launch code is 0000';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const calls = Array.from({ length: count }, (_, index) =>
    makeCall(
      { agent: index % 2 === 0 ? '=cmd|calc' : 'analyst', ...(index % 3 === 0 && { tenant: 'acme' }) },
      {
        start: T0 + BigInt(index),
        end: T0 + BigInt(index) + 1_500_000n,
        attributes: {
          team: 'red, "hot"\r\n',
          'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: secret }] }]),
        },
      },
    ),
  );
  const sent = await send(`${server.url}/v1/traces`, { headers: PROTOBUF, body: encodeSpans(calls, 'protobuf') });
  if (sent.status !== 200) throw new Error(sent.text);
  await eventually(async () => ((await server.get<Costs>('/api/v1/costs')).total.calls === count ? true : undefined));
});
afterAll(() => server.end());

async function download(query: string) {
  const response = await fetch(`${server.url}/api/v1/export?${query}`);
  expect(response.status).toBe(200);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { headers: response.headers, bytes, text: new TextDecoder().decode(bytes) };
}

describe('GET /api/v1/export', () => {
  it('as CSV has a line for each span under a header, and no formula', async () => {
    const { text, headers } = await download('format=csv&q=agent:"=cmd|calc"');
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe('attachment; filename="tallyspan-spans.csv"');
    expect([headers.get('x-tallyspan-rows'), headers.get('x-tallyspan-truncated')]).toEqual(['602', 'false']);
    const lines = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(603);
    expect(lines[0]).toMatch(/^trace_id,span_id,parent_span_id,start,end,duration_ms,name,/);
    expect(lines[602]).toContain(',2025-11-21T12:00:00.000000000Z,2025-11-21T12:00:00.001500000Z,1.5,');
    expect(lines.every((line, index) => index === 0 || line.includes(",'=cmd|calc,"))).toBe(true);
    expect(text).not.toContain(secret);
  });

  it('as JSON lines has every span once, newest first, with exact figures', async () => {
    const { text, headers } = await download('format=jsonl');
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect([rows.length, new Set(rows.map(({ start }) => start)).size]).toEqual([count, count]);
    expect(rows[0]).toMatchObject({
      start: '2025-11-21T12:00:00.000001202Z',
      agent: '=cmd|calc',
      billable: true,
      cost_usd: '0.0035',
      cost_nanos: 3_500_000,
      time_to_first_chunk_ms: 250,
      parent_span_id: null,
    });
    expect(Object.keys(rows[0]!)).not.toContain('input_messages');
  });

  it('has what was said only when it is asked for', async () => {
    for (const format of ['csv', 'jsonl', 'parquet'])
      expect((await download(`format=${format}&limit=3`)).text.includes('launch code')).toBe(false);
    const { text } = await download('format=jsonl&limit=3&content=true');
    const [first] = text.split('\n').map((line) => JSON.parse(line || '{}') as Record<string, string>);
    expect(first!.input_messages).toContain(secret);
    expect(JSON.parse(first!.attributes!)).toEqual({ team: 'red, "hot"\r\n' });
  });

  it('as Parquet is read by other programs, with times to the nanosecond and whole numbers', async () => {
    const { bytes, headers } = await download('format=parquet');
    expect(headers.get('content-type')).toBe('application/vnd.apache.parquet');
    const rows = await parquetReadObjects({ file: bytes.buffer });
    expect(rows).toHaveLength(count);
    expect(rows[0]).toMatchObject({ agent: '=cmd|calc', cost_nanos: 3_500_000n, cost_usd: 0.0035, billable: true });
    expect(rows[0]!.start).toEqual(new Date('2025-11-21T12:00:00Z'));
    const { children } = parquetSchema(parquetMetadata(bytes.buffer));
    expect(children.find(({ element }) => element.name === 'start')?.element.logical_type).toEqual({
      type: 'TIMESTAMP',
      isAdjustedToUTC: true,
      unit: 'NANOS',
    });
  });

  it('of nothing is an empty file of its format', async () => {
    expect((await download('format=csv&agent=nobody')).text.split('\r\n')).toHaveLength(2);
    expect((await download('format=jsonl&agent=nobody')).text).toBe('');
    expect(await parquetReadObjects({ file: (await download('format=parquet&agent=nobody')).bytes.buffer })).toEqual(
      [],
    );
  });

  it('of costs has the rows of the pivot', async () => {
    const pivot = await server.get<Costs>('/api/v1/costs?by=agent,time:day');
    const { text, headers } = await download('what=costs&format=jsonl&by=agent,time:day');
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map((row) => [row.agent, row['time:day'], row.cost_usd, row.calls])).toEqual(
      pivot.rows.map(({ key, costUsd, calls }) => [...key, costUsd, calls]),
    );
    expect(headers.get('x-tallyspan-rows')).toBe('2');
    expect(await parquetReadObjects({ file: (await download('what=costs&format=parquet')).bytes.buffer })).toHaveLength(
      2,
    );
  });

  it('says when there is more than the limit', async () => {
    const { headers, text } = await download('format=jsonl&limit=1001');
    expect([headers.get('x-tallyspan-rows'), headers.get('x-tallyspan-truncated')]).toEqual(['1001', 'true']);
    expect(text.trimEnd().split('\n')).toHaveLength(1_001);
    const all = await download(`format=jsonl&limit=${count}`);
    expect(all.headers.get('x-tallyspan-truncated')).toBe('false');
  });

  it.each([
    'format=xlsx',
    'limit=0',
    'limit=10000001',
    'what=keys',
    'q=spans>1',
    'what=costs&by=colour',
    'content=yes',
  ])('?%s is 400', async (query) => {
    expect((await fetch(`${server.url}/api/v1/export?${query}`)).status).toBe(400);
  });
});
