import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

const never = [...configDefaults.exclude, '**/dist/**', '**/out/**'];
/** Longer than a commit is worth waiting for: `npm run proof`. */
const proof = '**/*.proof.test.ts';

/** `npx vitest run` runs all; `--project unit`, `--project e2e` or `--project proof` one of them. Packages are read from their sources. */
export default defineConfig({
  test: {
    // Half again as many as there are cores: a third of the time these tests wait for processes, browsers and timers.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,tools,examples}/**/*.test.{ts,tsx}'],
          exclude: [...never, proof],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          // Some promises are about what happens when the garbage collector has run.
          execArgv: ['--expose-gc'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [...never, proof],
          // Real processes and a real browser on two cores: one file at a time, and time enough for a cold start.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'proof',
          include: [proof],
          exclude: never,
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 120_000,
          execArgv: ['--expose-gc'],
        },
      },
    ],
  },
});
