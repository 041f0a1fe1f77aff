/**
 * `npm run coverage:requirements`: which requirements have a passing test, a failing one, or none.
 *
 *   --results <file>   results of vitest's json reporter; may be given several times; without it the tests are run
 *   --require <ids>    ids and ranges (LLM-01..LLM-13,COST-01) that must have a passing test, or the exit code is 1
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { expandIds, foldIds, readRequirements } from './requirements.ts';
import { withoutTest } from './requirements-without-test.ts';
import { root, runSteps } from './run-steps.ts';
import { steps, testResults } from './steps.ts';
import { proofs, readResults, type Proof } from './test-results.ts';

process.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { results: { type: 'string', multiple: true }, require: { type: 'string' } },
  });
  const list = readRequirements();
  const required = values.require === undefined ? [] : expandIds(values.require, list);

  let code = 0;
  if (values.results === undefined) code = await runSteps([steps.browser, steps.unit, steps.endToEnd]);
  const files = (values.results ?? Object.values(testResults)).map((file) => join(root, file));
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) {
    console.error(`There are no results in ${missing}. Run the tests first, or leave --results away to have them run.`);
    return 1;
  }

  const ids = list.requirements.map(({ id }) => id);
  const proof = proofs(ids, files.flatMap(readResults));
  const being = (wanted: Proof, among = ids) => among.filter((id) => proof.get(id) === wanted);

  for (const [prefix, about] of Object.entries(list.prefixes)) {
    const own = ids.filter((id) => id.startsWith(`${prefix}-`));
    console.log(`\n  ${prefix.padEnd(6)}${about}: ${being('passing', own).length} of ${own.length}`);
    for (const state of ['passing', 'failing', 'none'] as const) {
      const those = being(state, own);
      if (those.length > 0) console.log(`        ${state === 'none' ? 'no test' : state}  ${foldIds(those)}`);
    }
    for (const id of being('none', own).filter((each) => each in withoutTest))
      console.log(`        ${id}  ${withoutTest[id]}`);
  }

  const unmet = required.filter((id) => proof.get(id) !== 'passing');
  const total = `${being('passing').length} of ${ids.length} requirements have a passing test`;
  if (unmet.length > 0) {
    const summaries = new Map(list.requirements.map(({ id, summary }) => [id, summary]));
    console.error(`\n  Required, but without a passing test:`);
    for (const id of unmet) console.error(`    ${id}  ${summaries.get(id)}`);
    return 1;
  }
  console.log(`\n  ${required.length > 0 ? `all ${required.length} required ids are proven; ` : ''}${total}`);
  return code;
}
