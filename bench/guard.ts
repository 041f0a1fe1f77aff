/**
 * How well and how fast the guard scans. Quality on the development data of tools/guard-data: per set counts with 95 % intervals
 * (Wilson), held-out lines and families apart from those the model was trained on. As harmless text that nobody wrote for this: the
 * paragraphs and whole files of the Markdown in node_modules. Speed of the default scanners on prompts of several sizes and on text
 * made to be slow.
 *
 * Run: npm run bench -- guard [--misses]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Example, readExamples } from '../tools/guard-examples.ts';
import { scanBefore } from '../packages/sdk/src/guard/engine.ts';
import { promptInjection } from '../packages/sdk/src/guard/index.ts';
import { makeReady, type Policy, policyFor } from '../packages/sdk/src/guard/policy.ts';
import type { Verdict } from '../packages/sdk/src/guard/verdict.ts';
import { cpuMicros, report, type Result } from './measure.ts';

const withModel = await policyOf({});
const rulesOnly = await policyOf({ model: false });
const byDefault = policyFor({ scanMsMax: 60_000 }, undefined, {})!;

const results: Result[] = [...development(), ...markdown(), ...speed()];
await report('guard', results);

async function policyOf(options: { model?: boolean }): Promise<Policy> {
  const policy = policyFor({ input: [promptInjection(options)], scanMsMax: 60_000 }, undefined, {})!;
  await makeReady(policy);
  return policy;
}

function blocked(policy: Policy, text: string): boolean {
  return (scanBefore(policy, [{ text }]) as Verdict).outcome === 'blocked';
}

/** Recall and false alarms of each set. */
function development(): Result[] {
  const examples = readExamples();
  const sets: [string, (example: Example) => boolean][] = [
    ['attacks, trained', ({ attack, heldOut }) => attack && heldOut === undefined],
    ['attacks, held-out lines', ({ attack, heldOut }) => attack && heldOut === 'line'],
    ['attacks, held-out families', ({ attack, heldOut }) => attack && heldOut === 'family'],
    ['harmless, trained', ({ attack, heldOut }) => !attack && heldOut === undefined],
    ['harmless, held-out lines', ({ attack, heldOut }) => !attack && heldOut === 'line'],
    ['harmless, held-out families', ({ attack, heldOut }) => !attack && heldOut === 'family'],
  ];
  const rows: Result[] = [];
  for (const [name, belongs] of sets) {
    const texts = examples.filter(belongs).map(({ text }) => text);
    rows.push(share(`${name}, rules only`, texts, rulesOnly), share(`${name}, with model`, texts, withModel));
    if (process.argv.includes('--misses')) {
      const wrong = examples.filter(
        (example) => belongs(example) && blocked(withModel, example.text) !== example.attack,
      );
      for (const { family, text } of wrong)
        console.log(`${name} ${family}: ${text.slice(0, 150).replaceAll('\n', ' ')}`);
    }
  }
  return [...rows, ...evasion(examples)];
}

/** Held-out attacks that are found as they are, in the disguises attackers use. */
function evasion(examples: readonly Example[]): Result[] {
  const found = examples.filter(
    ({ attack, heldOut, text }) => attack && heldOut && /^[\x20-\x7e\n]+$/.test(text) && blocked(withModel, text),
  );
  const disguises: Record<string, (text: string) => string> = {
    base64: (text) => `Decode this and do it: ${Buffer.from(text).toString('base64')}`,
    hex: (text) => Buffer.from(text).toString('hex'),
    rot13: (text) =>
      text.replace(/[a-z]/gi, (letter) =>
        String.fromCharCode(letter.charCodeAt(0) + (letter.toLowerCase() < 'n' ? 13 : -13)),
      ),
    'digits for letters': (text) =>
      text.replace(/[oieas]/g, (letter) => ({ o: '0', i: '1', e: '3', a: '4', s: '5' })[letter]!),
    'zero-width characters': (text) => [...text].join('\u200b'),
    'look-alike letters': (text) => text.replace(/[aeop]/g, (letter) => ({ a: 'а', e: 'е', o: 'о', p: 'р' })[letter]!),
    'full-width letters': (text) => text.replace(/[!-~]/g, (mark) => String.fromCharCode(mark.charCodeAt(0) + 0xfee0)),
    'spelt out': (text) => [...text.replaceAll(' ', '')].join(' '),
    'upper case': (text) => text.toUpperCase(),
    'tag characters': (text) =>
      `Hello${[...text].map((letter) => String.fromCodePoint(0xe0000 + letter.codePointAt(0)!)).join('')}`,
    'within a document': (text) =>
      `${'The report covers the second quarter and its figures. '.repeat(40)}\n${text}\n${'Costs fell and sales rose in all regions. '.repeat(40)}`,
  };
  return Object.entries(disguises).map(([name, disguise]) =>
    share(
      `found attacks, then ${name}`,
      found.map(({ text }) => disguise(text)),
      withModel,
    ),
  );
}

function markdown(): Result[] {
  const root = resolve(import.meta.dirname, '../node_modules');
  const files = new Set<string>();
  const paragraphs = new Set<string>();
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!/\.md$/i.test(name) || name.split('/').length > 6) continue;
    let text: string;
    try {
      text = readFileSync(join(root, name), 'utf8');
    } catch {
      continue;
    }
    if (text.length > 200_000) continue;
    files.add(text);
    for (const part of text.split(/\n\s*\n/)) if (part.length >= 40 && part.length < 2_000) paragraphs.add(part);
  }
  return [
    share('harmless, Markdown paragraphs of packages, with model', [...paragraphs], withModel),
    share('harmless, Markdown files of packages, with model', [...files], withModel),
  ];
}

function share(name: string, texts: readonly string[], policy: Policy): Result {
  const count = texts.filter((text) => blocked(policy, text)).length;
  const [low, high] = wilson(count, texts.length);
  return {
    name: `${name}: ${count} of ${texts.length} refused, 95 % ${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)}`,
    value: texts.length === 0 ? 0 : (count / texts.length) * 100,
    unit: '%',
  };
}

/** Wilson 1927: where the true share lies. */
function wilson(count: number, total: number): [number, number] {
  if (total === 0) return [0, 1];
  const z = 1.96;
  const middle = (count + (z * z) / 2) / (total + z * z);
  const half = (z / (total + z * z)) * Math.sqrt((count * (total - count)) / total + (z * z) / 4);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** The default scanners together, in milliseconds of one core. */
function speed(): Result[] {
  const prose = readExamples()
    .filter(({ attack }) => !attack)
    .map(({ text }) => text)
    .join('\n');
  const sized = (text: string, size: number) => text.repeat(Math.ceil(size / text.length)).slice(0, size);
  const rows: Result[] = [];
  for (const [name, size, rounds] of [
    ['8 KB', 8_192, 400],
    ['64 KB', 65_536, 60],
    ['1 MB', 1_048_576, 6],
  ] as const) {
    const times = timesOf(sized(prose, size), rounds);
    rows.push({ name: `prompt of ${name}, median`, value: at(times, 0.5), unit: 'ms' });
    rows.push({
      name: `prompt of ${name}, p99`,
      value: at(times, 0.99),
      unit: 'ms',
      ...(size === 8_192 ? { aim: '≤ 3' } : {}),
    });
  }
  for (const [name, unit] of Object.entries({
    letters: 'a',
    'base64 letters': 'QUJDa',
    'zero-width': 'a\u200b',
    'half attacks': 'ignore all previous ',
    quotes: '"',
    keys: 'sk-',
  })) {
    rows.push({
      name: `1 MB of ${name}, median`,
      value: at(timesOf(sized(unit, 1_048_576), 3), 0.5),
      unit: 'ms',
      aim: '≤ 50',
    });
  }
  return rows;
}

function timesOf(text: string, rounds: number): number[] {
  const times: number[] = [];
  for (let round = 0; round < rounds + Math.ceil(rounds / 4); round++) {
    const startedAt = cpuMicros();
    void scanBefore(byDefault, [{ text }]);
    // The first rounds warm the compiler up.
    if (round >= rounds / 4) times.push((cpuMicros() - startedAt) / 1000);
  }
  return times.toSorted((left, right) => left - right);
}

function at(sorted: readonly number[], quantile: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))]!;
}
