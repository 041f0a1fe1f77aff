import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** TypeScript files run without a build from here on. */
const runsTypeScript = [22, 18];

/**
 * The Node that runs our TypeScript: the one that the dev dependency `node` brought, or else the one that runs us,
 * if it is new enough; undefined when there is neither.
 */
export function findNode(root, version = process.versions.node, running = process.execPath) {
  const brought = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(brought)) return brought;
  const [major, minor] = version.split('.').map(Number);
  const newEnough = major > runsTypeScript[0] || (major === runsTypeScript[0] && minor >= runsTypeScript[1]);
  return newEnough ? running : undefined;
}
