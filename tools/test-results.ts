/** Reads what vitest's json reporter leaves, and joins it with the ids that tests carry in their titles. */
import { readFileSync } from 'node:fs';
import { idsIn } from './requirements.ts';

export interface TestResult {
  /** The titles of its describe blocks and its own. */
  title: string;
  state: 'passed' | 'failed' | 'not run';
}

export type Proof = 'passing' | 'failing' | 'none';

/** Every test of one run. A file that could not even be loaded is one failed test. */
export function readResults(file: string): TestResult[] {
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as {
    testResults: {
      name: string;
      status: string;
      assertionResults: { fullName: string; status: string }[];
    }[];
  };
  return testResults.flatMap(({ name, status, assertionResults }) => {
    if (assertionResults.length === 0 && status === 'failed') return [{ title: name, state: 'failed' as const }];
    return assertionResults.map(({ fullName, status: state }) => ({
      title: fullName,
      state: state === 'passed' || state === 'failed' ? state : ('not run' as const),
    }));
  });
}

/** One failing test makes its requirement failing; a test that did not run proves nothing. */
export function proofs(ids: string[], results: TestResult[]): Map<string, Proof> {
  const proof = new Map<string, Proof>(ids.map((id) => [id, 'none']));
  for (const { title, state } of results) {
    for (const id of idsIn(title)) {
      if (state === 'failed') proof.set(id, 'failing');
      else if (state === 'passed' && proof.get(id) === 'none') proof.set(id, 'passing');
    }
  }
  return proof;
}
