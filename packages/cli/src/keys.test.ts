import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endAll, runCli, spawnCli, startCli, type StartedCli } from '../test/run-cli.ts';

// Each command is a process of its own, on a machine that has other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let dir: string;
let server: StartedCli;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tallyspan-'));
  server = await startCli(dir);
});
afterAll(async () => {
  await server.end('SIGTERM');
  endAll();
  await rm(dir, { recursive: true, force: true });
});

const keys = (args: string[], key?: string) =>
  runCli(['keys', ...args], { env: { TALLYSPAN_URL: server.url, TALLYSPAN_API_KEY: key ?? '' } });

describe('tallyspan keys', () => {
  it('makes the first admin key, others with it, shows them without telling them, rotates and revokes', async () => {
    expect((await keys(['create', '--name', 'app'])).stderr).toMatch(/The first key must be an admin key/);
    const first = await keys(['create', '--name', 'me', '--scope', 'admin']);
    const admin = first.stdout.trim();
    expect([first.code, admin]).toEqual([0, expect.stringMatching(/^tally_admin_\w+$/)]);
    const made = await keys(['create', '--name', 'app', '--tenant', 'acme', '--expires', '90d'], admin);
    expect(made.stderr).toMatch(/^k_\w+, app: for ingest, the tenant acme\./);
    const id = /^k_\w+/.exec(made.stderr)![0];
    const rotated = await keys(['rotate', id], admin);
    expect(rotated.stdout).toMatch(/^tally_ingest_/);
    const other = /^k_\w+/.exec(rotated.stderr)![0];
    expect((await keys(['revoke', other], admin)).stdout).toBe(`${other} (app) is revoked.\n`);
    const list = await keys(['list'], admin);
    expect(list.stdout.split('\n').filter((line) => line.includes('revoked'))).toHaveLength(2);
    expect(list.stdout).not.toContain(admin);
  });

  it('generate prints an admin key for the start of a server, which another address needs', async () => {
    const generated = (await keys(['generate'])).stdout.trim();
    const other = await mkdtemp(join(tmpdir(), 'tallyspan-'));
    const start = async (env: Record<string, string>, ...args: string[]) => {
      const child = spawnCli(['start', '--port', '0', '--grpc-port', 'off', '--data-dir', other, ...args], { env });
      let text = '';
      for (const stream of [child.stdout!, child.stderr!])
        stream.on('data', (piece: Buffer) => (text += piece.toString()));
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      await Promise.race([ended, until(() => text.includes('shown this once') || /listening.*\n/.test(text))]);
      return { child, ended, text: () => text };
    };
    const given = await start({ TALLYSPAN_ADMIN_KEY: generated }, '--host', '0.0.0.0');
    const port = /:(\d+) /.exec(given.text())![1];
    const status = async (key: string) =>
      (await fetch(`http://127.0.0.1:${port}/api/v1/whoami`, { headers: { 'x-api-key': key } })).status;
    expect([await status(generated), await status('x')]).toEqual([200, 401]);
    expect(given.text()).not.toContain(generated);
    given.child.kill('SIGTERM');
    await given.ended;
    await rm(other, { recursive: true });
  });

  it('a start on another address makes an admin key and prints it once', async () => {
    const other = await mkdtemp(join(tmpdir(), 'tallyspan-'));
    const child = spawnCli(['start', '--port', '0', '--grpc-port', 'off', '--host', '0.0.0.0', '--data-dir', other]);
    let text = '';
    child.stdout!.on('data', (piece: Buffer) => (text += piece.toString()));
    await until(() => /shown this once.*\n/.test(text));
    expect(text).toMatch(/tally_admin_\w{50}/);
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await closed;
    await rm(other, { recursive: true });
  });
});

async function until(is: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not happen within 20 seconds');
}
