/**
 * Where the tests of the ClickHouse driver find a true ClickHouse. The npm package `chdb` carries the whole engine as one library of
 * half a gigabyte, too heavy for everybody's installation, so it is fetched on its own into out/, once. A few lines of C run its
 * command line.
 */
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** ClickHouse 26.7. */
const chdbVersion = '3.4.0';

/** Bounds one run of npm. The library is some 140 MB on the wire. */
const fetchMinutesMax = 7;

/** The machine as far as this file asks about it. Tests give another one. */
export interface Workshop {
  /** Where everything is kept. */
  folder: string;
  launcherSource: string;
  /** Runs npm in a folder; resolves with its exit code and what it printed. */
  npm(args: string[]): Promise<{ code: number | null; output: string }>;
  /** Runs the C compiler. */
  cc(args: string[]): Pick<SpawnSyncReturns<string>, 'status' | 'stderr' | 'error'>;
  /** Installs Debian's gcc; undefined where that needs somebody's permission. */
  installGcc: (() => Pick<SpawnSyncReturns<string>, 'status' | 'stderr'>) | undefined;
}

/** `launcher library <arguments of clickhouse local>` is the command. */
export interface ClickhouseBinary {
  launcher: string;
  library: string;
}

export type FoundClickhouse = ClickhouseBinary | { problem: string };

const launcherSource = join(import.meta.dirname, 'clickhouse-launcher.c');

const thisWorkshop: Workshop = {
  folder: resolve(import.meta.dirname, '../out/clickhouse'),
  launcherSource,
  npm: runNpm,
  cc: (args) => spawnSync('gcc', args, { encoding: 'utf8' }),
  installGcc:
    process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
      ? () => {
          const options = { encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
          spawnSync('apt-get', ['-qq', 'update'], options);
          return spawnSync('apt-get', ['-qq', 'install', '-y', 'gcc', 'libc6-dev'], options);
        }
      : undefined,
};

/** The engine that is already there; undefined when it has to be fetched or built first. */
export function findClickhouse({ folder, launcherSource: source } = thisWorkshop): ClickhouseBinary | undefined {
  const library = findLibrary(folder);
  const launcher = launcherPath(folder, source);
  return library !== undefined && existsSync(launcher) ? { launcher, library } : undefined;
}

/** Fetches the engine and builds its launcher, if they are missing; says aloud before it does. Two processes at once are safe. */
export async function ensureClickhouse(say: (line: string) => void, workshop = thisWorkshop): Promise<FoundClickhouse> {
  const present = findClickhouse(workshop);
  if (present) return present;
  mkdirSync(workshop.folder, { recursive: true });
  const release = await lock(join(workshop.folder, 'lock'), say);
  try {
    const library = findLibrary(workshop.folder) ?? (await fetchLibrary(workshop, say));
    if (typeof library !== 'string') return library;
    const launcher = launcherPath(workshop.folder, workshop.launcherSource);
    const problem = existsSync(launcher) ? undefined : buildLauncher(workshop, launcher, say);
    return problem ?? { launcher, library };
  } finally {
    release();
  }
}

/** `chdb` brings a library for each platform as an optional package of its own. */
function findLibrary(folder: string): string | undefined {
  const packages = join(packageFolder(folder), 'node_modules/@chdb');
  if (!existsSync(packages)) return undefined;
  return readdirSync(packages)
    .map((name) => join(packages, name, 'libchdb.so'))
    .find((file) => existsSync(file));
}

function packageFolder(folder: string): string {
  return join(folder, `chdb-${chdbVersion}`);
}

/** Its name changes with its source, so an old one is never taken for the new. */
function launcherPath(folder: string, source: string): string {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  return join(folder, `launcher-${hash}`);
}

async function fetchLibrary(workshop: Workshop, say: (line: string) => void): Promise<string | { problem: string }> {
  const { folder } = workshop;
  say(`Fetching ClickHouse's engine (npm package chdb ${chdbVersion}, 550 MB on disk) into ${folder}, once.`);
  const unfinished = join(folder, 'unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  // So that npm does not look for a project in the folders above.
  writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
  const { code, output } = await workshop.npm([
    ...['install', `chdb@${chdbVersion}`, '--prefix', unfinished],
    ...['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
  ]);
  if (code !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    return {
      problem: `npm could not fetch chdb ${chdbVersion}, which the ClickHouse tests need; is its registry reachable?\n${output}`,
    };
  }
  renameSync(unfinished, packageFolder(folder));
  const library = findLibrary(folder);
  if (library !== undefined) return library;
  const problem = `chdb ${chdbVersion} has no engine for ${process.platform} on ${process.arch}: the ClickHouse tests cannot run here.`;
  return { problem };
}

function buildLauncher(
  workshop: Workshop,
  launcher: string,
  say: (line: string) => void,
): { problem: string } | undefined {
  const unfinished = `${launcher}.unfinished`;
  const compile = () => workshop.cc(['-O1', '-o', unfinished, workshop.launcherSource, '-ldl']);
  let compiled = compile();
  if (compiled.error !== undefined && workshop.installGcc !== undefined) {
    say('No C compiler was found: installing the package gcc with apt-get, once.');
    workshop.installGcc();
    compiled = compile();
  }
  if (compiled.error !== undefined)
    return { problem: 'No C compiler was found. Install gcc: it builds the few lines that start ClickHouse.' };
  if (compiled.status !== 0) return { problem: `gcc could not build ClickHouse's launcher:\n${compiled.stderr}` };
  renameSync(unfinished, launcher);
  return undefined;
}

/** Waits until nobody else is at it. What a dead process left is taken over. */
async function lock(file: string, say: (line: string) => void): Promise<() => void> {
  let said = false;
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!holderLives(file)) {
      removeLock(file);
      continue;
    }
    if (!said) say('Another process is fetching ClickHouse: waiting for it.');
    said = true;
    await sleep(200);
  }
}

function holderLives(file: string): boolean {
  try {
    // The number is written a moment after the file was made.
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid === 0) return Date.now() - statSync(file).mtimeMs < 5_000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function removeLock(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // somebody else was faster
  }
}

function runNpm(args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn('npm', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: fetchMinutesMax * 60_000 });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()));
  return new Promise((done) => {
    child.once('error', (error) => done({ code: null, output: error.message }));
    child.once('close', (code) => done({ code, output }));
  });
}
