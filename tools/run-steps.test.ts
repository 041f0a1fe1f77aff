import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runSteps } from './run-steps.ts';
import type { Step } from './steps.ts';

let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steps-'));
  printed = '';
  const print = (text: unknown) => {
    printed += `${stripVTControlCharacters(String(text)).replace(/\d+\.\d s/g, '# s')}\n`;
    return true;
  };
  vi.spyOn(console, 'log').mockImplementation(print);
  vi.spyOn(console, 'error').mockImplementation(print);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => print(String(text).trimEnd()));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** A step that runs this code. */
function step(title: string, code: string, more: Partial<Step> = {}): Step {
  const file = join(folder, `${title}.ts`);
  writeFileSync(file, code);
  return { title, command: [file], fix: `Mend ${title}.`, minutesMax: 1, ...more };
}

it('green steps take one line each, with a detail where there is one', async () => {
  const detail = (output: string) => output.trim();
  const code = await runSteps([step('one', "console.log('quiet')"), step('two', "console.log('7 files')", { detail })]);
  expect(printed).toBe('  ✓ one  # s\n  ✓ two: 7 files  # s\n\n  All is well: 2 steps in # s.\n\n');
  expect(code).toBe(0);
});

it('the first red step shows all it printed and what to do, and no step comes after it', async () => {
  const red = step('red', "console.log('out'); console.error('err'); process.exitCode = 3;");
  const code = await runSteps([red, step('after', '')]);
  expect(printed).toMatch(/✗ red {2}# s\n\n(out\nerr|err\nout)\n\n {2}red failed\. Mend red\.\n/);
  expect(printed).not.toContain('after');
  expect(code).toBe(1);
});

it('a step that hangs is ended and is red, with what it had said', async () => {
  const hangs = step('hangs', "console.log('here I stop'); setInterval(() => {}, 1000);", { minutesMax: 0.05 });
  expect(await runSteps([hangs])).toBe(1);
  expect(printed).toContain('hangs: no end after 0.05 minutes');
  expect(printed).toContain('here I stop');
});

it('a step that does more than look says so at once', async () => {
  const aloud = step('installs', "console.error('fetching');", { aloud: true });
  expect(await runSteps([aloud])).toBe(0);
  expect(printed).toMatch(/fetching\n.*✓ installs/);
});
