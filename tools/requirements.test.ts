import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expandIds, foldIds, idsIn, listProblems, readRequirements } from './requirements.ts';
import { withoutTest } from './requirements-without-test.ts';
import { steps } from './steps.ts';
import { proofs, readResults } from './test-results.ts';

it('the list in docs has every row once, with a summary of one line', () => {
  expect(listProblems(readRequirements())).toEqual([]);
});

it('a lost row, a doubled one, an unknown one and a long summary are all found', () => {
  const { prefixes, requirements } = readRequirements();
  const [first, second, ...rest] = requirements;
  const broken = [second!, second!, { id: 'LLM-60', group: 'x', summary: 'x'.repeat(101) }, ...rest];
  expect(first!.id).toBe('LLM-01');
  expect(listProblems({ prefixes, requirements: broken })).toEqual([
    'LLM-01 is missing',
    'LLM-60 is not an id: see rows in tools/requirements.ts',
    'LLM-02 is there twice',
    'LLM-60 has a summary of 101 characters; 1 to 100 are allowed',
  ]);
});

it('what is required is not excused, and what is excused is in the list', () => {
  const list = readRequirements();
  const required = new Set(expandIds(steps.requirements.command.at(-1)!, list));
  for (const [id, reason] of Object.entries(withoutTest)) {
    expect(list.requirements.map((each) => each.id)).toContain(id);
    expect(required.has(id), `${id} is required`).toBe(false);
    expect(reason, id).toMatch(/^[A-Z].{40,}\.$/);
  }
});

it('a title may carry several ids', () => {
  expect(idsIn('LLM-29 LLM-30 COST-11: tokens, not XLLM-31 nor gpt-4')).toEqual(['LLM-29', 'LLM-30', 'COST-11']);
});

it('ranges of ids are written with two dots, and read back the same way', () => {
  const ids = expandIds('LLM-09..LLM-11,COST-01', readRequirements());
  expect(ids).toEqual(['LLM-09', 'LLM-10', 'LLM-11', 'COST-01']);
  expect(foldIds(ids)).toBe('LLM-09..11, COST-01');
});

it('what is neither a known id nor a range that runs upwards is refused', () => {
  for (const text of ['LLM-60', 'LLM-13..LLM-01', 'LLM-01..COST-02', 'llm-01', '']) {
    expect(() => expandIds(text, readRequirements()), text).toThrow(/not in docs|neither an id/);
  }
});

it('one failing test outweighs a passing one, and a test that did not run proves nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'results-'));
  const file = join(folder, 'results.json');
  const test = (fullName: string, status: string) => ({ fullName, status });
  writeFileSync(
    file,
    JSON.stringify({
      testResults: [
        {
          name: 'a.test.ts',
          status: 'failed',
          assertionResults: [test('LLM-01 LLM-02 works', 'passed'), test('LLM-02 more', 'failed')],
        },
        { name: 'b.test.ts', status: 'passed', assertionResults: [test('LLM-03 later', 'pending')] },
        { name: 'LLM-04.test.ts', status: 'failed', assertionResults: [] },
      ],
    }),
  );
  const proof = proofs(['LLM-01', 'LLM-02', 'LLM-03', 'LLM-04', 'LLM-05'], readResults(file));
  rmSync(folder, { recursive: true });
  expect(Object.fromEntries(proof)).toEqual({
    'LLM-01': 'passing',
    'LLM-02': 'failing',
    'LLM-03': 'none',
    'LLM-04': 'failing',
    'LLM-05': 'none',
  });
});
