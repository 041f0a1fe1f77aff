import { runSteps } from './run-steps.ts';
import { steps } from './steps.ts';

/** `npm test`: everything a newcomer needs to trust the project, fastest answers first. */
const {
  browser,
  redis,
  prometheus,
  clickhouse,
  types,
  typesOfPage,
  floors,
  lint,
  format,
  unit,
  endToEnd,
  requirements,
} = steps;

process.exit(
  await runSteps([
    browser,
    redis,
    prometheus,
    clickhouse,
    types,
    typesOfPage,
    floors,
    lint,
    format,
    unit,
    endToEnd,
    requirements,
  ]),
);
