#!/usr/bin/env node
import { printError } from './print-error.ts';
import { makeProgram } from './program.ts';

try {
  await makeProgram().parseAsync();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
