import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { grown } from '../promql.ts';
import { toYaml } from '../yaml.ts';
import { alertsOf } from './alerts.ts';
import { neighbours, targetGroups } from './scrape.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-rules-'));
  await cp(resolve(import.meta.dirname, '../../../../deploy/prometheus'), folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Its exit code and what it printed. */
async function promtool(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)('promtool', args, { cwd: folder }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return `${stdout}${stderr}`;
}

it('OBS-76 OBS-78 OBS-79 OBS-80 promtool takes the scrape configuration, with all groups of targets', async () => {
  const config = await readFile(join(folder, 'prometheus.yml'), 'utf8');
  await writeFile(join(folder, 'key'), 'tally_read_0');
  await writeFile(join(folder, 'checked.yml'), config.replace('/run/secrets/tallyspan-key', 'key'));
  const said = await promtool('check', 'config', 'checked.yml');
  expect(said).toContain('checked.yml is valid prometheus config file');
  expect(said).not.toContain('FAILED');
  const { scrape_configs } = parse(config) as { scrape_configs: { job_name: string }[] };
  expect(scrape_configs.map(({ job_name }) => job_name)).toEqual([
    ...['agents', 'credential-injector', 'gateway', 'vault', 'collector', 'tallyspan'],
    ...['envoy', 'spire', 'valkey'],
  ]);
  for (const { job } of [...targetGroups, ...neighbours])
    expect(Array.isArray(parse(await readFile(join(folder, 'targets', `${job}.yml`), 'utf8'))), job).toBe(true);
});

it('promtool takes the rules, and each alert fires on values that are bad and is quiet on good ones', async () => {
  const count = alertsOf().length;
  expect(await promtool('check', 'rules', 'recording.rules.yml', 'alerts.rules.yml')).toContain(
    `SUCCESS: ${count} rules found`,
  );
  expect(await promtool('test', 'rules', 'rules.test.yml')).toMatch(/SUCCESS\s*$/);
});

it('a rule that is wrong is found by its test', async () => {
  const rules = await readFile(join(folder, 'alerts.rules.yml'), 'utf8');
  const tests = await readFile(join(folder, 'rules.test.yml'), 'utf8');
  await writeFile(join(folder, 'broken.rules.yml'), rules.replace('> 30"', '> 3000"'));
  await writeFile(join(folder, 'broken.test.yml'), tests.replace('alerts.rules.yml', 'broken.rules.yml'));
  const said = await promtool('test', 'rules', 'broken.test.yml');
  expect(said).toContain('IngestLagging');
  expect(said.match(/expr:/g)).toHaveLength(1);
});

it('what grew in a time is exact: for a series that began in it, for an older one, and where nothing came', async () => {
  const asked = (label: string) => grown('', `cost{case="${label}"}`, '10m');
  const example = (label: string, values: string, value: number) => ({
    interval: '1m',
    input_series: [{ series: `cost{case="${label}"}`, values }],
    promql_expr_test: [{ expr: asked(label), eval_time: '20m', exp_samples: [{ labels: '{}', value }] }],
  });
  const tests = [
    // One call, 4 minutes ago: all that there ever was.
    example('begun', '_x16 0.25x4', 0.25),
    // 2 before, 5 now; increase() would say 3.33 or so.
    example('older', '2x12 5x8', 3),
    example('unchanged', '7x20', 0),
  ];
  await writeFile(join(folder, 'grown.test.yml'), toYaml({ evaluation_interval: '1m', tests }));
  expect(await promtool('test', 'rules', 'grown.test.yml')).toMatch(/SUCCESS\s*$/);
});
