/**
 * Other runtimes on which the published package is tried: they come from npm, as one platform's binary each, into out/, once. They are
 * too heavy for everybody's installation.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { join, resolve } from 'node:path';

/** Bounds one run of npm. The largest binary is some 50 MB on the wire. */
const fetchMinutesMax = 4;

export type RuntimeName = 'node 22' | 'node 26' | 'bun' | 'deno';

interface Runtime {
  version: string;
  /** npm name of the binary for this platform; undefined where there is none. */
  package: string | undefined;
  /** The binary in that package. */
  file: string;
}

const exe = platform === 'win32' ? '.exe' : '';
const isArm = arch === 'arm64';
const pick = (names: Partial<Record<NodeJS.Platform, string>>) => names[platform];
const node = (version: string): Runtime => ({
  version,
  package: pick({ linux: `node-linux-${arch}`, darwin: `node-darwin-${arch}`, win32: `node-win-${arch}` }),
  file: `bin/node${exe}`,
});

const runtimes: Record<RuntimeName, Runtime> = {
  'node 22': node('22.23.3'),
  'node 26': node('26.9.0'),
  bun: {
    version: '1.4.5',
    package: pick({
      linux: `@oven/bun-linux-${isArm ? 'aarch64' : 'x64'}`,
      darwin: `@oven/bun-darwin-${isArm ? 'aarch64' : 'x64'}`,
      win32: '@oven/bun-windows-x64',
    }),
    file: `bin/bun${exe}`,
  },
  deno: {
    version: '2.9.6',
    package: pick({
      linux: `@deno/linux-${arch}-glibc`,
      darwin: `@deno/darwin-${arch}`,
      win32: `@deno/win32-${arch}`,
    }),
    file: `deno${exe}`,
  },
};

/** The machine as far as this file asks about it. Tests give another one. */
export interface Place {
  folder: string;
  /** Runs npm; undefined when it went well, else what it said. */
  npm(args: string[]): string | undefined;
}

const thisPlace: Place = { folder: resolve(import.meta.dirname, '../out/runtimes'), npm: runNpm };

export type FoundRuntime = { path: string } | { problem: string };

/** Where the runtime's binary is, fetched if it is missing. */
export function ensureRuntime(name: RuntimeName, place = thisPlace): FoundRuntime {
  const { version, package: binary, file } = runtimes[name];
  if (binary === undefined) return { problem: `There is no ${name} ${version} for ${platform} on npm.` };
  const home = join(place.folder, `${name.replace(' ', '-')}-${version}`);
  const path = join(home, 'node_modules', binary, file);
  if (existsSync(path)) return { path };

  // Made beside and moved, so that a fetch that was broken off, or another one at the same time, leaves nothing half.
  const work = `${home}.${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'package.json'), '{"private":true}');
  const problem = place.npm([
    ...['install', '--prefix', work, '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'],
    `${binary}@${version}`,
  ]);
  try {
    if (problem === undefined && !existsSync(path)) renameSync(work, home);
  } catch {
    // Another process was faster.
  }
  rmSync(work, { recursive: true, force: true });
  if (existsSync(path)) return { path };
  return { problem: `${binary}@${version} could not be fetched from npm: ${problem ?? `it holds no ${file}`}` };
}

function runNpm(args: string[]): string | undefined {
  const own = process.env['npm_execpath'];
  const [command, ...first] = own === undefined ? ['npm'] : [process.execPath, own];
  const { status, stderr, error } = spawnSync(command!, [...first, ...args], {
    encoding: 'utf8',
    timeout: fetchMinutesMax * 60_000,
    // A folder of our own, where the settings of the house do not hold.
    env: { ...process.env, npm_config_workspaces: undefined, npm_config_local_prefix: undefined },
  });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').slice(-3).join(' '));
}
