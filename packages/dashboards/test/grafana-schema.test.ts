import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { grafanaSchema, type StoredDashboard } from './grafana-schema.ts';

const folder = resolve(import.meta.dirname, '../../../deploy/grafana/dashboards');
const read = (file: string) => JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as StoredDashboard;
const files = readdirSync(folder);
const faultsOf = grafanaSchema();

it('there are three dashboards, each for two data sources', () => {
  expect(files).toHaveLength(6);
});

it.each(files)(
  "OBS-52 %s is one by Grafana's own types, with the options of every panel, and nothing else in it",
  (file) => {
    expect(faultsOf(read(file))).toEqual([]);
  },
);

it('a word misspelt anywhere, a value that is none and a kind of panel that is not ours are faults', () => {
  const wrong = (change: (panel: Record<string, never>, dashboard: Record<string, unknown>) => void) => {
    const dashboard = read('tallyspan-llm-costs.json');
    change(dashboard.panels.find(({ title }) => title === 'Tokens, in and out') as never, dashboard as never);
    return faultsOf(dashboard);
  };
  const both = (first: object, second: object) => Object.assign(first, second);
  expect(wrong(() => undefined)).toEqual([]);
  expect(wrong((_, dashboard) => both(dashboard, { tittle: '' }))).toEqual([
    ' must NOT have additional properties: tittle',
  ]);
  expect(wrong((panel) => both(panel['options']!['legend']!, { placment: 'bottom' }))).toEqual([
    'Tokens, in and out: timeseries options/legend must NOT have additional properties: placment',
  ]);
  expect(wrong((panel) => both(panel['fieldConfig']!['defaults']!['custom']!, { fillOpacity: '8' }))).toEqual([
    'Tokens, in and out: timeseries custom/fillOpacity must be number: number',
  ]);
  expect(wrong((panel) => both(panel['fieldConfig']!['defaults']!, { units: 's' })).join()).toContain('units');
  expect(wrong((panel) => both(panel, { type: 'graph' })).join()).toContain('graph options: no such kind');
});
