/** Programs of Debian that the tests need: installed when that needs nobody's permission, and said aloud before. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The machine as far as these tools ask about it. Tests give another one. */
export interface DebianMachine {
  platform: NodeJS.Platform;
  isRoot: boolean;
  exists(file: string): boolean;
  /** Runs apt-get, quietly and without questions. */
  aptGet(...args: string[]): Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'>;
}

export const thisMachine: DebianMachine = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  exists: existsSync,
  aptGet: (...args) =>
    spawnSync('apt-get', ['-qq', ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }),
};

export function canInstall({ platform, isRoot, exists }: DebianMachine): boolean {
  return platform === 'linux' && isRoot && exists('/usr/bin/apt-get');
}

/** Answers what apt-get said when it failed. */
export function install(name: string, { aptGet }: DebianMachine): string | undefined {
  for (const args of [['update'], ['install', '-y', name]]) {
    const { status, stdout, stderr } = aptGet(...args);
    if (status !== 0) return `apt-get ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`.trimEnd();
  }
  return undefined;
}
