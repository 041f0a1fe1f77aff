import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, isInstalled, runsFromModules } from './install.mjs';
import { findNode } from './node.mjs';
import { buildPage } from './page.mjs';
import { environment, runInTerminal } from './run.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** What can be asked of the house: the file that does it, and whether somebody will look at the page. */
const commands = {
  start: { file: 'tools/start.ts', page: true },
  test: { file: 'tools/test.ts', page: true },
  check: { file: 'tools/check.ts', page: true },
  proof: { file: 'tools/proof.ts', page: true },
  generate: { file: 'tools/generate.ts', page: false },
  format: { file: 'tools/format.ts', page: false },
  pack: { file: 'tools/pack.ts', page: false },
  tallyspan: { file: 'packages/cli/src/main.ts', page: false },
  bench: { file: 'bench/run.ts', page: false },
  'coverage:requirements': { file: 'tools/coverage-requirements.ts', page: true },
};

/** Gives the exit code. Arguments after the command's name go to its file. */
export async function main([name = '', ...rest]) {
  const command = commands[name];
  if (command === undefined) {
    console.error(`There is no command "${name}". There are: ${Object.keys(commands).join(', ')}.`);
    return 1;
  }

  if (!isInstalled(root)) {
    const outside = process.env.npm_node_execpath;
    if (runsFromModules(root) && outside !== undefined && outside !== process.execPath) {
      // A Node that is about to be removed with node_modules hands over to the one that runs npm.
      return runInTerminal(outside, process.argv.slice(1), {});
    }
    const installed = await install(root);
    if (installed !== 0) return installed;
  }

  const node = findNode(root);
  if (command.page) {
    const built = await buildPage(root, node);
    if (built !== 0) return built;
  }
  return runInTerminal(node, [join(root, command.file), ...rest], { cwd: root, env: environment(root, node) });
}
