import { onTestFailed } from 'vitest';

/** The seed in the variable SEED, or a new one each time; printed when the test fails, so that it can be run again. */
export function seed(): number {
  const value = process.env.SEED === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(process.env.SEED);
  onTestFailed(() => console.error(`Run it again with SEED=${value}`));
  return value;
}

/** The seed that somebody asks for. */
export function givenSeed(): number | undefined {
  return process.env.SEED === undefined ? undefined : Number(process.env.SEED);
}
