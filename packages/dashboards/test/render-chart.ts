/**
 * Helm is not on the machines that test this, so this renders our own chart: `.Values`, `.Release`, `if`, `if not`, `end`,
 * `quote` and `toYaml | nindent` are all that its templates use, and anything else fails. It knows no other chart.
 * `chart.proof.test.ts` compares it with Go's own templates.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

export type Values = Record<string, unknown>;

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  spec: Record<string, unknown>;
}

export function chartValues(chart: string): Values {
  return parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Values;
}

/** What `helm template tally <chart>` would print, as objects; a template that is switched off gives none. */
export function renderChart(chart: string, values: Values, release = 'tally'): Resource[] {
  const scope = { Values: values, Release: { Name: release, Namespace: 'agents' } };
  const folder = join(chart, 'templates');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(render(readFileSync(join(folder, file), 'utf8'), scope)) as Resource | null)
    .filter((resource) => resource !== null);
}

function render(template: string, scope: object): string {
  // `{{-` takes the space before it away.
  const pieces = template.replace(/\s*\{\{-/g, '{{').split(/(\{\{.*?\}\})/);
  const shown: boolean[] = [];
  let text = '';
  for (const piece of pieces) {
    const action = /^\{\{\s*(.*?)\s*\}\}$/.exec(piece)?.[1];
    if (action === undefined) {
      if (shown.every(Boolean)) text += piece;
    } else if (action.startsWith('if ')) shown.push(isTrue(action.slice(3), scope));
    else if (action === 'end') shown.pop();
    else if (shown.every(Boolean)) text += written(action, scope);
  }
  if (shown.length > 0) throw new Error('An "if" has no "end".');
  return text;
}

function isTrue(condition: string, scope: object): boolean {
  const negated = condition.startsWith('not ');
  const value = lookUp(negated ? condition.slice(4) : condition, scope);
  // To Helm an empty list or map is false.
  const isFull = typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
  return isFull !== negated;
}

function written(action: string, scope: object): string {
  const quoted = /^(\S+) \| quote$/.exec(action);
  if (quoted) return JSON.stringify(String(lookUp(quoted[1]!, scope)));
  const block = /^toYaml (\S+) \| nindent (\d+)$/.exec(action);
  if (!block) return String(lookUp(action, scope));
  const indent = ' '.repeat(Number(block[2]));
  const lines = stringify(lookUp(block[1]!, scope)).trimEnd().split('\n');
  return `\n${lines.map((line) => indent + line).join('\n')}`;
}

function lookUp(path: string, scope: object): unknown {
  if (!/^(\.\w+)+$/.test(path)) throw new Error(`This chart is rendered without "${path}".`);
  let value: unknown = scope;
  for (const key of path.slice(1).split('.')) value = (value as Values | undefined)?.[key];
  if (value === undefined) throw new Error(`${path} has no value.`);
  return value;
}
