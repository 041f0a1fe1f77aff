import { expect, it } from 'vitest';
import type { DebianMachine } from './debian-package.ts';
import { ensurePrometheus } from './prometheus.ts';

/** A Debian machine with these files; apt-get adds both programs. */
function debian(files: string[], isRoot = true) {
  const there = new Set(files);
  const ran: string[] = [];
  const machine: DebianMachine = {
    platform: 'linux',
    isRoot,
    exists: (file) => there.has(file),
    aptGet: (...args) => {
      ran.push(args.join(' '));
      if (args[0] === 'install') for (const name of ['prometheus', 'promtool']) there.add(`/usr/bin/${name}`);
      return { status: 0, stdout: '', stderr: '' };
    },
  };
  return { ran, ensure: () => ensurePrometheus(() => {}, machine) };
}

it('a Prometheus that is there with its promtool is used, and nothing is installed', () => {
  const { ensure, ran } = debian(['/usr/local/bin/prometheus', '/usr/local/bin/promtool', '/usr/bin/apt-get']);
  expect(ensure()).toEqual({ prometheus: '/usr/local/bin/prometheus', promtool: '/usr/local/bin/promtool' });
  expect(ran).toEqual([]);
});

it("a Prometheus without promtool is not enough: root on Debian gets Debian's package, which has both", () => {
  const { ensure, ran } = debian(['/usr/local/bin/prometheus', '/usr/bin/apt-get']);
  expect(ensure()).toEqual({ prometheus: '/usr/bin/prometheus', promtool: '/usr/bin/promtool' });
  expect(ran).toEqual(['update', 'install -y prometheus']);
});

it('without root nothing is installed, and the message says what to install', () => {
  const { ensure, ran } = debian(['/usr/bin/apt-get'], false);
  expect(ensure()).toEqual({ problem: expect.stringContaining('apt-get install prometheus') });
  expect(ran).toEqual([]);
});
