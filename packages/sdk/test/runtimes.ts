import { ensureRuntime } from '../../../tools/runtimes.ts';

/** The binary of Deno that the tests run programs in. Users have the npm package `deno`, which is too heavy for everybody's installation. */
export function denoPath(): string {
  const found = ensureRuntime('deno');
  if ('problem' in found) throw new Error(found.problem);
  return found.path;
}
