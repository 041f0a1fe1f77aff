import { noteScanByHand } from './checks.ts';
import type { guard as Guard } from './guard/guard.ts';

/**
 * The guard without a client: `guard.scanPrompt(text)` and `guard.scanOutput(prompt, text)` answer `{ isValid, scanners, sanitized }`.
 * Each is a span of its own, without any text. It is loaded when it is first asked; scanners to choose from are in
 * `@tallyspan/sdk/guard`.
 */
export const guard: typeof Guard = {
  scanPrompt: async (...args) => noteScanByHand(await (await import('./guard/guard.ts')).guard.scanPrompt(...args)),
  scanOutput: async (...args) => noteScanByHand(await (await import('./guard/guard.ts')).guard.scanOutput(...args)),
};
