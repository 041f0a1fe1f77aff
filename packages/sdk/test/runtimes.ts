/** Programs of others that the tests run, and where they are. */
import { findBrowser } from '../../../tools/browser.ts';
import { ensureRuntime } from '../../../tools/runtimes.ts';

/** Deno, fetched if it is missing. Users have the npm package `deno`, which is too heavy for everybody's installation. */
export function denoPath(): string {
  const found = ensureRuntime('deno');
  if ('problem' in found) throw new Error(found.problem);
  return found.path;
}

/** A Chromium of this machine. */
export function browserPath(): string {
  const found = findBrowser();
  if (found === undefined) throw new Error('No browser was found: install Chromium, or set CHROME_PATH to one.');
  return found;
}
