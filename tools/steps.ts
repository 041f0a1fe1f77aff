/** Every check of the house as data. `npm test` and `npm run check` are lists of these; see test.ts and check.ts. */
import { stripVTControlCharacters } from 'node:util';

export interface Step {
  title: string;
  /** A TypeScript file of ours, or a package whose command is run; then its arguments. Paths are relative to the root. */
  command: [string, ...string[]];
  /** What a person does when it is red. */
  fix: string;
  /** A step that hangs is ended after this time and is red. */
  minutesMax: number;
  /** What it says on stderr is shown at once, for steps that do more than look. */
  aloud?: true;
  /** A few words for the green line, out of what the step printed. */
  detail?: (output: string) => string | undefined;
}

/** Where the test runs leave their results for the requirements step. The folder is not committed. */
export const testResults = { unit: 'out/tests-unit.json', e2e: 'out/tests-e2e.json', proof: 'out/tests-proof.json' };

/** What is built and has to stay proven; every id needs a passing test. */
const required = [
  'LLM-01..LLM-59',
  'COST-01..COST-36',
  'OBS-01..OBS-02',
  'OBS-04',
  'OBS-06..OBS-81',
  'TK-01..TK-59',
  'INF-01..INF-55',
  'EXT-01',
  'EXT-03..EXT-09',
  'EXT-11..EXT-16',
  'EXT-18..EXT-20',
].join(',');

export const steps = {
  browser: {
    title: 'Browser',
    command: ['tools/ensure-browser.ts'],
    fix: 'The end-to-end tests look at the page through it.',
    minutesMax: 8,
    aloud: true,
    detail: lastLine,
  },
  redis: {
    title: 'Redis',
    command: ['tools/ensure-redis.ts'],
    fix: 'The tests of shared caches run on a real one.',
    minutesMax: 4,
    aloud: true,
    detail: lastLine,
  },
  prometheus: {
    title: 'Prometheus',
    command: ['tools/ensure-prometheus.ts'],
    fix: 'The tests of dashboards and rules ask a real one.',
    minutesMax: 4,
    aloud: true,
    detail: lastLine,
  },
  clickhouse: {
    title: 'ClickHouse',
    command: ['tools/ensure-clickhouse.ts'],
    fix: 'The tests of the ClickHouse driver run on its true engine.',
    minutesMax: 9,
    aloud: true,
    detail: lastLine,
  },
  types: {
    title: 'Types',
    command: ['typescript', '-p', '.', '--noEmit'],
    fix: 'Each line names a file and a place.',
    minutesMax: 3,
  },
  typesOfPage: {
    title: 'Types of the page',
    command: ['typescript', '-p', 'packages/ui', '--noEmit'],
    fix: 'Each line names a file and a place.',
    minutesMax: 3,
  },
  floors: {
    title: 'Floors',
    command: ['tools/check-floors.ts'],
    fix: 'The floors are drawn in tools/floors.ts.',
    minutesMax: 1,
    detail: lastLine,
  },
  lint: {
    title: 'Lint',
    command: ['oxlint', '--type-aware', '--deny-warnings'],
    fix: 'The rules are in .oxlintrc.json.',
    minutesMax: 3,
  },
  format: { title: 'Format', command: ['oxfmt', '--check'], fix: 'Run "npm run format".', minutesMax: 1 },
  unused: {
    title: 'Unused code',
    command: ['knip', '--no-progress'],
    fix: 'Delete it, or use it. What knip cannot see is named in knip.json.',
    minutesMax: 2,
  },
  generated: {
    title: 'Generated files',
    command: ['tools/generate.ts', '--check'],
    fix: 'Run "npm run generate" and commit what changed.',
    minutesMax: 3,
    detail: lastLine,
  },
  requirementsList: {
    title: 'Requirements list',
    command: ['tools/check-requirements.ts'],
    fix: 'The list is docs/requirements.json; tests name its ids in their titles.',
    minutesMax: 1,
    detail: lastLine,
  },
  unit: {
    title: 'Unit and contract tests',
    command: vitest('unit'),
    fix: 'Run one file alone with "npx vitest run <file>".',
    minutesMax: 15,
    detail: testCount,
  },
  endToEnd: {
    title: 'End-to-end tests',
    command: vitest('e2e'),
    fix: 'Run one file alone with "npx vitest run --project e2e <file>".',
    minutesMax: 12,
    detail: testCount,
  },
  proof: {
    title: 'Long proofs',
    command: vitest('proof'),
    fix: 'Run one file alone with "npx vitest run --project proof <file>".',
    minutesMax: 120,
    detail: testCount,
  },
  requirements: {
    title: 'Requirements',
    command: [
      'tools/coverage-requirements.ts',
      ...['--results', testResults.unit, '--results', testResults.e2e],
      ...['--require', required],
    ],
    fix: 'Each id named above needs a passing test with the id in its title.',
    minutesMax: 1,
    detail: lastLine,
  },
} satisfies Record<string, Step>;

function vitest(project: keyof typeof testResults): Step['command'] {
  const reporters = ['--reporter=minimal', '--reporter=json', `--outputFile.json=${testResults[project]}`];
  return ['vitest', 'run', '--project', project, ...reporters];
}

function lastLine(output: string): string | undefined {
  return stripVTControlCharacters(output).trimEnd().split('\n').at(-1)?.trim();
}

/** `      Tests  13 passed (13)` → `13 passed`. */
function testCount(output: string): string | undefined {
  return /^\s*Tests\s+(.*?)(?: \(\d+\))?$/m.exec(stripVTControlCharacters(output))?.[1];
}
