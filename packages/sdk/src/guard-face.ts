import type { guard as Guard } from './guard/guard.ts';

/**
 * The guard without a client: `guard.scanPrompt(text)` and `guard.scanOutput(prompt, text)` answer `{ isValid, scanners, sanitized }`.
 * It is loaded when it is first asked; scanners to choose from are in `@tallyspan/sdk/guard`.
 */
export const guard: typeof Guard = {
  scanPrompt: async (...args) => (await import('./guard/guard.ts')).guard.scanPrompt(...args),
  scanOutput: async (...args) => (await import('./guard/guard.ts')).guard.scanOutput(...args),
};
