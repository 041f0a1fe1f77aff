import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { endAll, runCli } from '../test/run-cli.ts';

it('tallyspan migrate says in one line what is missing, with code 1, and never the password', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tallyspan-'));
  onTestFinished(async () => {
    endAll();
    await rm(folder, { recursive: true, force: true });
  });
  const migrate = (...args: string[]) => runCli(['migrate', '--data-dir', folder, ...args]);
  const line = (text: RegExp) => expect.stringMatching(new RegExp(`^tallyspan: [^\n]*${text.source}[^\n]*\n$`));
  expect(await migrate()).toMatchObject({ code: 1, stdout: '', stderr: line(/--clickhouse is missing/) });
  const nothing = await migrate('--clickhouse', 'clickhouse://somebody:hunter2@127.0.0.1:9/x');
  expect(nothing).toMatchObject({ code: 1, stderr: line(/There is no spans.duckdb in it/) });
  expect(nothing.stderr).not.toContain('hunter2');
}, 60_000);
