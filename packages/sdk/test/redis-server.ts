/** A real Redis in a process of its own, on a Unix socket in a folder of its own; `tools/ensure-redis.ts` brings it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from '../../../tools/redis.ts';

export interface RedisServer {
  /** For ioredis `{ path }`, for node-redis `{ socket: { path, tls: false } }`. */
  path: string;
  /** Stops it as it is: it takes connections and answers nothing. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const program = findRedis();
  if (!program) throw new Error('No Redis: run tools/ensure-redis.ts');
  const folder = await mkdtemp(join(tmpdir(), 'tallyspan-redis-'));
  const path = join(folder, 'redis.sock');
  const settings = ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn(program, settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  await ready(child);
  return {
    path,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async close() {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (data: Buffer) => data.toString().includes('accept connections') && resolve());
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`Redis ended with ${code}`)));
  });
}
