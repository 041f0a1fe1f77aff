/**
 * How well and how fast the guard scans. Quality: see guard-quality.ts. Speed: the default scanners on prompts of several sizes and on
 * text made to be slow, as CPU time of the thread. The kernel counts it in steps of some milliseconds, so several scans are measured as
 * one batch: a figure is the mean of a batch, a p99 that of batches. Wall time of single scans stands beside it; it also holds what other
 * processes took.
 *
 * Run: npm run bench -- guard [--misses]
 */
import { quality } from './guard-quality.ts';
import { cpuMicros, report, type Result } from './measure.ts';
import { readExamples } from '../tools/guard-examples.ts';
import { scanBefore } from '../packages/sdk/src/guard/engine.ts';
import { makeReady, policyFor } from '../packages/sdk/src/guard/policy.ts';

const byDefault = policyFor({ scanMsMax: 60_000 }, undefined, {})!;
await makeReady(byDefault);
await report('guard', [...(await quality()), ...speed()]);

function speed(): Result[] {
  const prose = readExamples()
    .filter(({ attack, family }) => !attack && family !== 'security-talk' && family !== 'documents')
    .map(({ text }) => text)
    .join('\n');
  const sized = (text: string, size: number) => text.repeat(Math.ceil(size / text.length)).slice(0, size);
  const rows: Result[] = [];
  for (const [name, size, batches, scans] of [
    ['8 KB', 8_192, 100, 20],
    ['64 KB', 65_536, 30, 4],
    ['1 MB', 1_048_576, 10, 1],
  ] as const) {
    const { cpu, wall } = timesOf(sized(prose, size), batches, scans);
    const aim = size === 8_192 ? { aim: '≤ 3' } : {};
    rows.push(
      { name: `prompt of ${name}, CPU, median`, value: at(cpu, 0.5), unit: 'ms' },
      { name: `prompt of ${name}, CPU, p99`, value: at(cpu, 0.99), unit: 'ms', ...aim },
      { name: `prompt of ${name}, wall time, median`, value: at(wall, 0.5), unit: 'ms' },
      { name: `prompt of ${name}, wall time, p99`, value: at(wall, 0.99), unit: 'ms' },
    );
  }
  for (const [name, unit] of Object.entries({
    letters: 'a',
    'base64 letters': 'QUJDa',
    'zero-width': 'a\u200b',
    'half attacks': 'ignore all previous ',
    quotes: '"',
    keys: 'sk-',
    'longer keys': 'sk-proj-',
    'beginnings of JWTs': 'eyJ-',
  })) {
    const { cpu } = timesOf(sized(unit, 1_048_576), 3, 1);
    rows.push({ name: `1 MB of ${name}, CPU, median`, value: at(cpu, 0.5), unit: 'ms', aim: '≤ 50' });
  }
  return rows;
}

/** Milliseconds of one scan, sorted. */
function timesOf(text: string, batches: number, scans: number): { cpu: number[]; wall: number[] } {
  const cpu: number[] = [];
  const wall: number[] = [];
  // The first rounds warm the compiler up.
  const cold = Math.ceil(batches / 3);
  for (let batch = -cold; batch < batches; batch++) {
    const startedAt = cpuMicros();
    for (let scan = 0; scan < scans; scan++) {
      const began = performance.now();
      void scanBefore(byDefault, [{ text }]);
      if (batch >= 0) wall.push(performance.now() - began);
    }
    if (batch >= 0) cpu.push((cpuMicros() - startedAt) / 1000 / scans);
  }
  return { cpu: cpu.toSorted((left, right) => left - right), wall: wall.toSorted((left, right) => left - right) };
}

function at(sorted: readonly number[], quantile: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))]!;
}
