/**
 * Random tests of a commit once more, at lengths that no commit waits for. A variable makes one longer still, or shorter:
 * `DIFFERENTIAL_RUNS=1000000 npx vitest run --project proof packages/server/src/long-runs.proof.test.ts`
 */
import { describe } from 'vitest';

const lengths = {
  DIFFERENTIAL_RUNS: '200000',
  FUZZ_ROUNDS: '1000000',
  ISOLATION_RUNS: '15',
  DOOR_RUNS: '20000',
};
for (const [name, length] of Object.entries(lengths)) process.env[name] ??= length;

describe('many ways in', async () => void (await import('./differential.test.ts')));
describe('tenants', async () => void (await import('./auth/isolation.test.ts')));
describe('broken bodies', async () => void (await import('./ingest.test.ts')));
