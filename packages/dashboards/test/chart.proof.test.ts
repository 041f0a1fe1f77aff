/** The chart through Go's own templates with the functions that Helm has, and through ours, which the tests of every commit use. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { canInstall, install, thisMachine } from '../../../tools/debian-package.ts';
import { chartCases, type Given, valuesOf } from './chart-cases.ts';
import { kubernetesSchema } from './kubernetes-schema.ts';
import { renderChart, type Resource } from './render-chart.ts';

const chart = resolve(import.meta.dirname, '../../../deploy/helm/tallyspan');
const sprig = '/usr/share/gocode/src/github.com/Masterminds/sprig';
const run = promisify(execFile);
let folder: string;
let program: string;

beforeAll(async () => {
  for (const [file, name] of [
    ['/usr/bin/go', 'golang-go'],
    [sprig, 'golang-github-masterminds-sprig-dev'],
  ] as const) {
    if (thisMachine.exists(file)) continue;
    if (!canInstall(thisMachine)) throw new Error(`There is no ${file}: on Debian "apt-get install ${name}" as root.`);
    const problem = install(name, thisMachine);
    if (problem) throw new Error(problem);
  }
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-chart-'));
  program = join(folder, 'render');
  const env = { PATH: process.env['PATH'], HOME: folder, GO111MODULE: 'off', GOPATH: '/usr/share/gocode' };
  await run('go', ['build', '-o', program, join(import.meta.dirname, 'helm/render.go')], { env });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function helmTemplate(given: Given, release = 'tally'): Promise<{ notes: string; resources: Resource[] }> {
  const file = join(folder, 'values.json');
  await writeFile(file, JSON.stringify(given));
  const { stdout } = await run(program, [chart, release, 'agents', file]);
  const sources = stdout.split(/^---\n# Source: /m).slice(1);
  const notes = sources.find((source) => source.startsWith('NOTES.txt'))!;
  const resources = sources
    .filter((source) => source !== notes)
    .flatMap((source) => parseAllDocuments(source.slice(source.indexOf('\n'))))
    .map((document) => document.toJS() as Resource | null)
    .filter((resource) => resource !== null);
  return { notes, resources };
}

describe("the chart in Go's templates", () => {
  it.each(Object.entries(chartCases))('%s: it renders to what our own renderer makes of it', async (_, given) => {
    const { resources } = await helmTemplate(given);
    expect(resources.length).toBeGreaterThan(1);
    expect(resources).toEqual(renderChart(chart, valuesOf(chart, given)));
  });

  it('everything that it renders is what Kubernetes takes', async () => {
    const faultsOf = kubernetesSchema();
    for (const given of Object.values(chartCases)) {
      const { resources } = await helmTemplate(given, 'on');
      expect(resources.flatMap((resource) => faultsOf(resource))).toEqual([]);
    }
  });

  it('what is said after the installation names the service', async () => {
    const { notes } = await helmTemplate({});
    expect(notes).toContain('http://tally.agents:4318');
    expect(notes).not.toContain('{{');
  });
});
