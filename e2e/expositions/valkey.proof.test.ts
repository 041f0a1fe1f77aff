/**
 * `valkey.txt` is recorded from Debian's exporter beside a real server. Here both run again and the record is compared; with RECORD=1 in the
 * environment it is written anew.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boards } from '@tallyspan/dashboards';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { canInstall, install, thisMachine } from '../../tools/debian-package.ts';
import { type RedisServer, startRedis } from '../../packages/sdk/test/redis-server.ts';
import { freePort } from '../prometheus.ts';

const program = '/usr/bin/prometheus-redis-exporter';
const record = join(import.meta.dirname, 'valkey.txt');
let server: RedisServer;
let exporter: ChildProcess;
let exposed: string;

beforeAll(async () => {
  if (!thisMachine.exists(program)) {
    if (!canInstall(thisMachine)) throw new Error('There is no prometheus-redis-exporter: install it with apt-get.');
    const problem = install('prometheus-redis-exporter', thisMachine);
    if (problem) throw new Error(problem);
  }
  server = await startRedis();
  const client = await createClient({ socket: { path: server.path, tls: false } }).connect();
  // What a store of tasks does: each command that the panels ask for.
  await client.set('task:1', 'submitted');
  await client.get('task:1');
  await client.hSet('task:2', { state: 'working' });
  await client.hGet('task:2', 'state');
  await client.hGetAll('task:2');
  await client.expire('task:2', 60);
  await client.hDel('task:2', 'state');
  await client.xAdd('events', '*', { task: '1' });
  await client.xRead({ key: 'events', id: '0' });
  await client.publish('tasks', '1');
  await client.del('task:1');
  const port = await freePort();
  exporter = spawn(program, [`-redis.addr=unix://${server.path}`, `-web.listen-address=127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  exposed = await vi.waitFor(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), 10_000);
  client.destroy();
  if (process.env['RECORD']) writeFileSync(record, recorded(exposed));
}, 120_000);
afterAll(async () => {
  exporter?.kill('SIGKILL');
  await server?.close();
});

it('the record has the names and labels that the exporter gives', () => {
  expect(seriesOf(readFileSync(record, 'utf8'))).toEqual(seriesOf(recorded(exposed)));
});

it('OBS-65 every metric that the panels of the task store ask for is one that the exporter gives', () => {
  const names = new Set(seriesOf(exposed).map((series) => series.split('{')[0]!));
  const asked = boards
    .flatMap(({ panels }) => panels.filter(({ source }) => source === 'valkey'))
    .flatMap(({ queries }) => queries.flatMap(({ promql }) => promql.match(/\bredis_\w+/g) ?? []));
  expect(asked.length).toBeGreaterThan(2);
  for (const name of asked) expect([...names]).toContain(name);
});

/** Of Redis alone: not the exporter's own, and not what names this machine. */
function recorded(text: string): string {
  const version = /redis_exporter_build_info\{.*version="([^"]+)"/.exec(text)![1]!;
  const of = /redis_instance_info\{.*redis_version="([^"]+)"/.exec(text)![1]!;
  const kept = text
    .split('\n')
    .filter((line) => /^(# (HELP|TYPE) )?redis_/.test(line) && !/redis_(exporter|instance|start_time)_/.test(line));
  return [
    `# Recorded from prometheus-redis-exporter ${version} of Debian beside Redis ${of}: RECORD=1 npx vitest run --project proof e2e/expositions`,
    ...kept,
    '',
  ].join('\n');
}

/** `redis_commands_total{cmd="get"}`, without figures; whatever else connects to a server is not of the record. */
function seriesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.slice(0, line.lastIndexOf(' '))).toSorted();
}
