import { expect, it } from 'vitest';
import type { DebianMachine } from './debian-package.ts';
import { ensureRedis } from './redis.ts';

/** A Debian machine with these files; apt-get adds the server, or fails. */
function debian(files: string[], { isRoot = true, aptFails = '' } = {}) {
  const there = new Set(files);
  const ran: string[] = [];
  const machine: DebianMachine = {
    platform: 'linux',
    isRoot,
    exists: (file) => there.has(file),
    aptGet: (...args) => {
      ran.push(args.join(' '));
      if (args[0] === aptFails) return { status: 100, stdout: '', stderr: 'E: no network' };
      if (args[0] === 'install') there.add('/usr/bin/redis-server');
      return { status: 0, stdout: '', stderr: '' };
    },
  };
  const said: string[] = [];
  return { ran, said, ensure: () => ensureRedis((line) => said.push(line), machine) };
}

it('a Redis or a Valkey that is there is used, and nothing is installed', () => {
  const { ensure, ran, said } = debian(['/usr/local/bin/valkey-server', '/usr/bin/apt-get']);
  expect(ensure()).toEqual({ path: '/usr/local/bin/valkey-server' });
  expect({ ran, said }).toEqual({ ran: [], said: [] });
});

it("root on Debian without one gets Debian's redis-server, and is told so", () => {
  const { ensure, ran, said } = debian(['/usr/bin/apt-get']);
  expect(ensure()).toEqual({ path: '/usr/bin/redis-server' });
  expect(ran).toEqual(['update', 'install -y redis-server']);
  expect(said).toHaveLength(1);
});

it('without root nothing is installed, and the message says what to install', () => {
  const { ensure, ran } = debian(['/usr/bin/apt-get'], { isRoot: false });
  expect(ensure()).toEqual({ problem: expect.stringContaining('apt-get install redis-server') });
  expect(ran).toEqual([]);
});

it('when apt-get fails, its words are shown', () => {
  expect(debian(['/usr/bin/apt-get'], { aptFails: 'install' }).ensure()).toEqual({
    problem: 'apt-get install -y redis-server failed:\nE: no network',
  });
});
