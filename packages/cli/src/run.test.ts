import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, spawnCli } from '../test/run-cli.ts';

/** A program as anybody writes it. */
const app = `import { OpenAI } from 'openai';
const answer = { id: 'chatcmpl-1', model: 'gpt-4o', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } };
const client = new OpenAI({ apiKey: 'k', fetch: async () => Response.json(answer) });
console.log((await client.chat.completions.create({ model: 'gpt-4o', messages: [] })).id, process.argv.slice(2).join(' '));
`;
const echo = `process.stdin.on('data', (data) => process.stdout.write(data));
process.stdin.on('end', () => { console.error('and on stderr'); process.exitCode = 7; });
`;
const waiting = `process.on('SIGTERM', () => { console.log('told'); process.exit(3); });
setInterval(() => {}, 1000);
console.log('waiting');
`;

let folder: string;
let receiver: Server;
let received = '';
let OTEL_EXPORTER_OTLP_ENDPOINT: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-run-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(resolve(import.meta.dirname, '../../../node_modules/openai'), join(folder, 'node_modules/openai'));
  for (const [file, source] of Object.entries({ 'app.mjs': app, 'echo.cjs': echo, 'waiting.cjs': waiting }))
    await writeFile(join(folder, file), source);
  await writeFile(join(folder, 'killed.cjs'), `process.kill(process.pid, 'SIGKILL');\nsetInterval(() => {}, 1000);\n`);
  receiver = createServer((request, response) => {
    request.on('data', (part: Buffer) => (received += part.toString('latin1')));
    request.on('end', () => response.end());
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await rm(folder, { recursive: true, force: true });
});

/** On newer Nodes the program takes our place in the process; elsewhere it is a child. Both must be the same to whoever looks. */
const ways = [
  ['in the same process', {}],
  ['in a child process', { NODE_OPTIONS: '--import data:text/javascript,delete%20process.execve' }],
] as const;

describe.each(ways)('tallyspan run, %s', (_, way) => {
  const options = () => ({ cwd: folder, env: { ...way, OTEL_EXPORTER_OTLP_ENDPOINT } });

  it('COST-06 records the model calls of a program that knows nothing of us', async () => {
    received = '';
    expect(await runCli(['run', 'app.mjs', '--flag', 'of the program', '--help'], options())).toEqual({
      code: 0,
      stdout: 'chatcmpl-1 --flag of the program --help\n',
      stderr: '',
    });
    expect(received).toContain('chat gpt-4o');
  });

  it('passes standard input, output and error and the exit code, and says nothing itself', async () => {
    const child = spawnCli(['run', '--no-warnings', 'echo.cjs'], options());
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
    child.stdin!.end('over and out');
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, stdout, stderr }).toEqual({ code: 7, stdout: 'over and out', stderr: 'and on stderr\n' });
  });

  it('hands signals to the program, which decides', async () => {
    const child = spawnCli(['run', 'waiting.cjs'], options());
    let stdout = '';
    child.stdout!.on('data', (data: Buffer) => {
      stdout += data.toString();
      if (stdout === 'waiting\n') child.kill('SIGTERM');
    });
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(stdout).toBe('waiting\ntold\n');
  });

  it('ends by the signal that the program ended by', async () => {
    const child = spawnCli(['run', 'killed.cjs'], options());
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  });
});
