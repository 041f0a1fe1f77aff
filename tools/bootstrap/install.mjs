import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { findNode } from './node.mjs';
import { startProgress } from './progress.mjs';
import { runQuietly } from './run.mjs';

/** npm's words, and what a person can do about them. The first match counts. */
const advice = [
  [/EUSAGE/, 'package.json and package-lock.json disagree: run "npm install" and commit the lockfile.'],
  [/EINTEGRITY/, 'What came is not what the lockfile names: run "npm cache clean --force" and try again.'],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/,
    'npm cannot reach its registry: check the network and the proxy.',
  ],
  [/E40[13]\b/, 'The registry refused: check the login in your .npmrc.'],
  [/E404|ETARGET/, 'The registry lacks a package of the lockfile: use a complete one.'],
  [/ENOSPC/, 'The disk is full: free about 1 GB and try again.'],
  [/EACCES|EPERM|EROFS/, 'The folder cannot be written: change its owner, or copy the project to a folder of yours.'],
  [/spawn|not found|not recognized/, 'npm was not found: install Node with npm from https://nodejs.org.'],
];

/** Whether node_modules is what package-lock.json says. One hash of one file, no process: it is asked at every command. */
export function isInstalled(root) {
  return read(stampFile(root)) === stamp(root) && findNode(root) !== undefined;
}

/** Brings node_modules in line with package-lock.json. Gives an exit code; says what failed and what to do. */
export async function install(root) {
  const npm = npmCommand(process.env);
  const ci = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--progress=false',
    '--loglevel=warn',
  ];
  const progress = startProgress('Installing packages with npm ci');
  const { code, output } = await runQuietly(npm.file, [...npm.args, ...ci], { cwd: root, shell: npm.shell });
  if (code !== 0) {
    progress.failed('npm ci failed');
    return explain(output);
  }
  progress.done('Packages installed');

  const brought = await bringNode(root);
  if (brought === 0) writeFileSync(stampFile(root), stamp(root));
  return brought;
}

/** Whether the Node that runs us lies in node_modules, which an installation removes first. */
export function runsFromModules(root) {
  return process.execPath.startsWith(join(root, 'node_modules') + sep);
}

/**
 * The dev dependency `node` fetches its binary in an install script. Where scripts are off, a Node that is new enough does as
 * well; otherwise the same script is run here, once, by name.
 */
async function bringNode(root) {
  const folder = join(root, 'node_modules/node');
  const script = join(folder, 'installArchSpecificPackage.js');
  const node = findNode(root);
  if (node !== undefined) {
    if (!node.startsWith(folder))
      console.log(`  Install scripts of npm are off: using this Node ${process.versions.node}.`);
    return 0;
  }

  const progress = startProgress('Install scripts of npm are off: fetching our Node with its own installer');
  const { output } = existsSync(script)
    ? await runQuietly(process.execPath, [script], { cwd: folder })
    : { output: `${script} is missing.\n` };
  if (findNode(root) !== undefined) {
    progress.done('Node fetched');
    return 0;
  }
  progress.failed('The Node that runs TypeScript could not be fetched');
  return explain(output, 'Allow the install script of the package "node", or run npm with Node 22.18 or newer.');
}

function explain(output, fix) {
  const said = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/EBADENGINE|Unknown (user|project|env) config/.test(line));
  console.error(['', ...said.map((line) => `    ${line}`), ''].join('\n'));
  const known = advice.find(([words]) => words.test(output))?.[1];
  console.error(`  ${fix ?? known ?? 'Read the lines of npm above, then try again.'}\n`);
  return 1;
}

/** The npm that started us, or else the one on the PATH (another package manager may have started us). */
function npmCommand(variables) {
  const cli = variables.npm_execpath;
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli)) {
    return { file: variables.npm_node_execpath ?? process.execPath, args: [cli], shell: false };
  }
  return { file: 'npm', args: [], shell: process.platform === 'win32' };
}

/**
 * Changes with the lockfile and the platform. Not with the Node that runs npm: nothing that is installed depends on it, and people
 * who switch between shells would install again each time.
 */
function stamp(root) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${lock} ${process.platform}-${process.arch}\n`;
}

function stampFile(root) {
  return join(root, 'node_modules/.tallyspan-stamp');
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
