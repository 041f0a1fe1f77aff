/**
 * `npm run generate` writes the files that are made from others; with --check it only says which of them are stale.
 * They are committed, so that a reader sees them and a change of them is seen in review.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { operationsFiles } from '@tallyspan/dashboards';

const root = resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');

const files = Object.entries(operationsFiles()).map(([file, text]) => [`deploy/${file}`, text] as const);

/** Programs that write files of their own and know --check themselves. */
const programs = ['tools/generate-prices.ts', 'tools/train-guard.ts'];

let stale = 0;
for (const [file, wanted] of files) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue;
  if (check) {
    stale += 1;
    console.error(`${file} is not what its source makes of it.`);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
    console.log(`${file} written`);
  }
}
for (const program of programs) {
  const { status } = spawnSync(process.execPath, [join(root, program), ...(check ? ['--check'] : [])], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) stale += 1;
}
if (stale > 0) process.exitCode = 1;
else console.log(`${files.length + programs.length} sets of generated files are fresh`);
