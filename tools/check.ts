import { runSteps } from './run-steps.ts';
import { steps } from './steps.ts';

/** `npm run check`: all steps there are, in the order of the table but the cheap ones first. It tells the truth before a commit. */
const { format, lint, types, typesOfPage, floors, unused, generated, requirementsList } = steps;
const { browser, redis, prometheus, clickhouse, unit, endToEnd, requirements } = steps;

process.exit(
  await runSteps([
    ...[format, lint, types, typesOfPage, floors, unused, generated, requirementsList],
    ...[browser, redis, prometheus, clickhouse, unit, endToEnd, requirements],
  ]),
);
