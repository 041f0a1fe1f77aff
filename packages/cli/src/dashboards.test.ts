import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../test/run-cli.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('tallyspan dashboards writes what Grafana, Prometheus and the Collector read, with thresholds of yours', async () => {
  const out = join(folder, 'ours');
  const { code, stdout, stderr } = await runCli(['dashboards', '--out', out, '--usd-per-hour', '7.5']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const written = await readdir(out, { recursive: true, withFileTypes: true });
  const files = written.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  expect(stdout.trim().split('\n').toSorted()).toEqual(files.toSorted());
  const overview = await readFile(join(out, 'grafana/dashboards/tallyspan-platform-overview.json'), 'utf8');
  expect((JSON.parse(overview) as { panels: unknown[] }).panels).toHaveLength(23);
  expect(await readFile(join(out, 'prometheus/alerts.rules.yml'), 'utf8')).toContain('* 3600 > 7.5"');
  expect(await readFile(join(out, 'otel-collector.yaml'), 'utf8')).toContain('tail_sampling:');
});

it('a threshold that is no number is one clear line', async () => {
  expect(await runCli(['dashboards', '--out', folder, '--error-share', '5'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'tallyspan: --error-share is "5". It is a number above 0 and at most 1. Leave it out for the default.\n',
  });
  expect(await readdir(folder)).toEqual([]);
});
