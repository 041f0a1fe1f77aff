/** The crash test of a commit, at a length that no commit waits for. */
process.env['CRASH_ROUNDS'] ??= '60';

await import('./crash.test.ts');
