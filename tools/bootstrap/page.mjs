import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { startProgress } from './progress.mjs';
import { environment, runQuietly } from './run.mjs';

/** What the page is made of. The server gives it types only, but they are read while it is built. */
const sources = ['packages/ui', 'packages/facts/src', 'package-lock.json'];
const notSources = new Set(['node_modules', 'dist']);

/** Builds packages/ui when its sources changed since the last build. Gives an exit code. */
export async function buildPage(root, node) {
  const page = join(root, 'packages/ui');
  const dist = join(page, 'dist');
  const stampFile = join(dist, '.stamp');
  const wanted = hash(root);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return 0;

  const script = JSON.parse(readFileSync(join(page, 'package.json'), 'utf8')).scripts.build;
  const progress = startProgress(`Building the page with ${script}`);
  const { code, output } = await runQuietly(script, [], { cwd: page, shell: true, env: environment(root, node) });
  if (code !== 0) {
    progress.failed('The page could not be built');
    console.error(`\n${output}\n  To see it again: npm run build --workspace @tallyspan/ui\n`);
    return 1;
  }
  mkdirSync(dist, { recursive: true });
  writeFileSync(stampFile, wanted);
  progress.done('Page built');
  return 0;
}

/** One hash over names and contents, in an order that no file system changes. */
function hash(root) {
  const sum = createHash('sha256');
  for (const file of sources.flatMap((source) => filesBelow(join(root, source))).sort()) {
    sum
      .update(`${relative(root, file).split(sep).join('/')}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return `${sum.digest('hex')}\n`;
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  const entries = (folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      if (notSources.has(entry.name)) return [];
      const child = join(folder, entry.name);
      if (entry.isDirectory()) return entries(child);
      return entry.isFile() && !/\.test\.tsx?$/.test(entry.name) ? [child] : [];
    });
  return path.endsWith('.json') ? [path] : entries(path);
}
