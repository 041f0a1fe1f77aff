import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TallyError } from '@tallyspan/facts';
import { fileErrorCode, fileReason } from '../file-reason.ts';

/**
 * An empty file whose name says who made it. Every holder has a name of its own, so a dead one's file can be removed
 * without hitting that of somebody who came meanwhile.
 *
 *   tallyspan-lock.4711.8675309.1b4e28ba.9f3a2b1c
 *                  │    │       │        └ random
 *                  │    │       └ start of the machine
 *                  │    └ start of the process, in the system's ticks: pids are given out again
 *                  └ pid
 */
interface Holder {
  name: string;
  pid: number;
  startTicks: string;
  boot: string;
}

const prefix = 'tallyspan-lock';
const attemptsMax = 20;
const pauseMs = 10;

/**
 * Makes `folder` if need be and takes its lock; one data folder has one writer. Answers the function that gives the lock back.
 * A lock whose process is gone is taken over. Throws `STORE_LOCKED` or `DATA_NOT_WRITABLE`.
 *
 * Processes in different containers cannot see each other. There DuckDB's own lock on its file keeps the second one out.
 */
export async function lockDataDir(folder: string): Promise<() => Promise<void>> {
  const boot = bootId();
  const name = [prefix, process.pid, startTicks(process.pid), boot, randomBytes(4).toString('hex')].join('.');
  const path = join(folder, name);
  try {
    // For its owner alone: spans may hold what people said.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(path, '', { flag: 'wx' });
  } catch (error) {
    throw new TallyError('DATA_NOT_WRITABLE', { dir: folder, reason: fileReason(error) }, error);
  }
  const release = (): Promise<void> => remove(path);
  try {
    // Everybody writes his name first and looks at the others then. Of two at the same time at least one sees the other.
    for (let attempt = 1; ; attempt += 1) {
      const other = await otherAlive(folder, name, boot);
      if (!other) return release;
      // The first by name waits for the others to step back, so that one of many gets it.
      if (other.name < name || attempt === attemptsMax) {
        throw new TallyError('STORE_LOCKED', { dir: folder, pid: ` (pid ${other.pid})` });
      }
      await pause(pauseMs);
    }
  } catch (error) {
    await release();
    throw error;
  }
}

/** The first by name of those that live. Removes what the dead left. */
async function otherAlive(folder: string, mine: string, boot: string): Promise<Holder | undefined> {
  let found: Holder | undefined;
  for (const name of (await readdir(folder)).sort()) {
    const holder = readHolder(name);
    if (!holder || name === mine) continue;
    if (holder.boot === boot && isRunning(holder)) found ??= holder;
    else await remove(join(folder, name));
  }
  return found;
}

function readHolder(name: string): Holder | undefined {
  const [start, pid, startTicks, boot, token] = name.split('.');
  if (start !== prefix || !pid || !startTicks || !boot || !token) return undefined;
  return { name, pid: Number(pid), startTicks, boot };
}

function isRunning({ pid, startTicks: start }: Holder): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (fileErrorCode(error) !== 'EPERM') return false; // EPERM: it runs, as somebody else
  }
  return start === startTicks(pid);
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (fileErrorCode(error) !== 'ENOENT') throw error;
  });
}

/** Changes when the machine starts; `unknown` where the system does not tell. */
function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.slice(0, 8) ?? 'unknown';
}

/**
 * Field 22 of Linux' `/proc/<pid>/stat`. The second field may contain spaces and brackets, so fields are counted from its end.
 * A process that ended and that nobody has asked after yet (state Z) still has its pid, but holds nothing.
 */
function startTicks(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === 'Z' ? 'ended' : (fields[18] ?? 'unknown');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
