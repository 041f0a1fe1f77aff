import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { runCli } from '../test/run-cli.ts';

const run = promisify(execFile);

/** What bash would offer after these words. */
async function offered(script: string, ...words: string[]): Promise<string[]> {
  const asked = `${script}\nCOMP_WORDS=(tallyspan ${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length}\n_tallyspan\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await run('bash', ['-c', asked])).stdout.trim().split('\n');
}

it('tallyspan completion teaches bash the commands and their options', async () => {
  const { stdout: script } = await runCli(['completion', 'bash']);
  expect(await offered(script, 'co')).toEqual(expect.arrayContaining(['costs', 'completion']));
  expect(await offered(script, 'costs', '--s')).toEqual(['--since']);
  expect(await offered(script, 'trace', '--')).toEqual(expect.arrayContaining(['--url', '--json']));
});

it('there are scripts for zsh and fish, and another shell is one clear line', async () => {
  expect((await runCli(['completion', 'zsh'])).stdout).toMatch(/^#compdef tallyspan\n/);
  expect((await runCli(['completion', 'fish'])).stdout).toContain(
    "complete -c tallyspan -n '__fish_seen_subcommand_from costs' -l since -d ",
  );
  expect(await runCli(['completion', 'csh'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^tallyspan: The shell is "csh"\. Scripts are there for bash, zsh, fish\./),
  });
});
