import { runSteps } from './run-steps.ts';
import { steps } from './steps.ts';

/** `npm run proof`: crashes, floods, fuzzing and isolation at lengths that no commit waits for. */
const { browser, redis, clickhouse, proof } = steps;

process.exit(await runSteps([browser, redis, clickhouse, proof]));
