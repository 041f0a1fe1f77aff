import { runSteps } from './run-steps.ts';

/** `npm run format`: writes. The style is in .oxfmtrc.json. */
process.exit(
  await runSteps([{ title: 'Format', command: ['oxfmt'], fix: 'A file is not understood.', minutesMax: 1 }]),
);
