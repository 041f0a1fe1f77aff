/** The dashboards for ClickHouse: every query of every panel, asked of the true engine on the tables that a real server filled. */
import { boards } from '@tallyspan/dashboards';
import type { Costs } from '@tallyspan/server';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClickhouseEngine, startClickhouse } from '../tools/clickhouse-engine.ts';
import { type House, startHouse } from './house.ts';
import { sendSpans } from './span-samples.ts';

const database = 'dashboards';
let engine: ClickhouseEngine;
let house: House;
const fromMs = Date.now() - 1_000;

beforeAll(async () => {
  engine = await startClickhouse();
  house = await startHouse('server', undefined, [
    '--clickhouse',
    `${engine.url.replace('http:', 'clickhouse:')}/${database}`,
  ]);
  const env = { PATH: process.env['PATH'], OTEL_EXPORTER_OTLP_ENDPOINT: house.url };
  const run = (example: string) =>
    promisify(execFile)(process.execPath, [resolve(import.meta.dirname, `../examples/${example}/src/main.ts`)], {
      env,
    });
  await Promise.all([run('content-crew'), run('a2a')]);
  await sendSpans(house.url);
});
afterAll(async () => {
  await house?.remove();
  await engine?.close();
});

it('every panel that asks ClickHouse gets an answer', async () => {
  const waiting = new Map<string, string>();
  for (const { uid, panels } of boards)
    for (const { id, sql } of panels) if (sql !== undefined) waiting.set(`${uid} ${id}`, sql);
  expect(waiting.size).toBeGreaterThan(30);
  const look = async () => {
    for (const [name, sql] of waiting) if ((await ask(sql)).length > 0) waiting.delete(name);
    return [...waiting.keys()];
  };
  await expect.poll(look, { timeout: 20_000, interval: 500 }).toEqual([]);
});

it('what they say was spent is what the cost API says', async () => {
  const panel = (id: string) => {
    const { sql } = boards.find(({ uid }) => uid === 'tallyspan-llm-costs')!.panels.find((each) => each.id === id)!;
    return ask(sql!);
  };
  const { total, rows } = await house.get<Costs>('/api/v1/costs?by=agent,role');
  expect(await panel('calls')).toEqual([{ calls: total.calls }]);
  expect((await panel('spend'))[0]!['spent']).toBeCloseTo(Number(total.costUsd), 9);
  const byRole = await panel('cost-by-agent-and-role');
  expect(byRole).toHaveLength(rows.length);
  for (const { key, costUsd } of rows) {
    const found = byRole.find(({ agent, role }) => agent === (key[0] ?? '(none)') && role === (key[1] ?? '(none)'));
    expect(found!['spent'], key.join()).toBeCloseTo(Number(costUsd), 9);
  }
});

/** Rows of a query in which everything is filled in as Grafana and its plugin do when all tenants and agents are chosen. */
async function ask(sql: string): Promise<Record<string, string | number>[]> {
  const chosen = (column: string) => `(SELECT arrayJoin(groupUniqArray(${column})) FROM spans)`;
  const filled = sql
    .replaceAll('${__from}', String(fromMs))
    .replaceAll('${__to}', String(Date.now() + 60_000))
    .replaceAll('$__interval_s', '10')
    .replaceAll('IN (${tenant:sqlstring})', `IN ${chosen('tenant')}`)
    .replaceAll('IN (${agent:sqlstring})', `IN ${chosen("ifNull(agent, '')")}`);
  expect(filled).not.toContain('$');
  const response = await fetch(`${engine.url}/?database=${database}&output_format_json_quote_64bit_integers=0`, {
    method: 'POST',
    body: `${filled} FORMAT JSON`,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${filled}\n${text.slice(0, 400)}`);
  return (JSON.parse(text) as { data: Record<string, string | number>[] }).data;
}
