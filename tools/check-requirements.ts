/** Whether the list of requirements is whole, and whether tests name only ids that are in it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { idsIn, listProblems, readRequirements } from './requirements.ts';
import { root } from './run-steps.ts';

const list = readRequirements();
const known = new Set(list.requirements.map(({ id }) => id));
const files = globSync(['{packages,examples}/*/{src,test}/**/*.test.{ts,tsx}', 'e2e/**/*.test.ts'], { cwd: root });
const named = new Map(
  files.flatMap((file) => idsIn(readFileSync(join(root, file), 'utf8')).map((id) => [id, file] as const)),
);

const problems = [
  ...listProblems(list),
  ...[...named].filter(([id]) => !known.has(id)).map(([id, file]) => `${file} names ${id}, which is not in the list`),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${named.size} of ${known.size} ids are named by tests`);
