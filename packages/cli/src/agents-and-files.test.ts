/** Commands that give the data to others: a coding agent over stdio, and files. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Costs } from '@tallyspan/server';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../test/eventually.ts';
import { makeRequest } from '../test/make-request.ts';
import { endAll, runCli, spawnCli, startCli, type StartedCli } from '../test/run-cli.ts';

// Each command is a process of its own, on a machine that has other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let server: StartedCli;
let admin: string;
const asked = (...args: string[]) =>
  runCli(args, { env: { TALLYSPAN_URL: server.url, TALLYSPAN_API_KEY: admin }, cwd: folder });
const ask = async (path: string) => {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${admin}` } });
  return response.text();
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-'));
  server = await startCli(join(folder, 'data'));
  admin = '';
  const { stdout } = await asked('keys', 'create', '--name', 'me', '--scope', 'admin');
  admin = stdout.trim();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${admin}` };
  const body = makeRequest([{ agent: 'crew' }, { agent: 'crew' }, { agent: '=HYPERLINK("http://evil")' }]);
  await fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body });
  await eventually(async () =>
    (JSON.parse(await ask('/api/v1/costs')) as Costs).total.calls === 3 ? true : undefined,
  );
});
afterAll(async () => {
  await server.end('SIGTERM');
  endAll();
  await rm(folder, { recursive: true, force: true });
});

describe('tallyspan mcp', () => {
  it.each(['legacy', 'auto'] as const)(
    'is a server on stdio that answers a coding agent with what the key may see (%s)',
    async (mode) => {
      const client = new Client({ name: 'a coding agent', version: '1' }, { versionNegotiation: { mode } });
      const main = fileURLToPath(new URL('./main.ts', import.meta.url));
      await client.connect(
        new StdioClientTransport({
          ...{ command: process.execPath, args: [main, 'mcp', '--url', server.url] },
          env: { TALLYSPAN_API_KEY: admin },
        }),
      );
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain('costs');
      const { content } = await client.callTool({ name: 'costs', arguments: { by: 'agent' } });
      const [part] = content;
      const { total } = JSON.parse(part?.type === 'text' ? part.text : '{}') as Costs;
      expect(total).toEqual((JSON.parse(await ask('/api/v1/costs?by=agent')) as Costs).total);
      await client.close();
    },
  );

  it('without a good key it ends with code 1 before the first message, and says why', async () => {
    const { code, stdout, stderr } = await runCli(['mcp', '--url', server.url], { env: { TALLYSPAN_API_KEY: '' } });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^tallyspan: [^\n]*key[^\n]*\n$/i);
  });

  it('what is no message, and a server that goes away meanwhile, are answered as errors of the protocol', async () => {
    const other = await startCli(join(folder, 'other'));
    const child = spawnCli(['mcp', '--url', other.url]);
    let printed = '';
    child.stdout!.on('data', (piece: Buffer) => (printed += piece.toString()));
    const lines = () =>
      printed
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { error?: { code: number } });
    child.stdin!.write('no json\n');
    await eventually(async () => (lines()[0]?.error?.code === -32700 ? true : undefined));
    await other.end('SIGTERM');
    child.stdin!.end('{"jsonrpc":"2.0","id":7,"method":"tools/list"}\n');
    const [code] = await new Promise<[number | null]>((resolve) =>
      child.once('close', (...ended) => resolve([ended[0]])),
    );
    expect(lines()[1]).toMatchObject({ id: 7, error: { code: -32603 } });
    expect(code).toBe(0);
  });
});

describe('tallyspan export', () => {
  it('writes what the API answers, to a file or to standard output, and says beside it how many rows', async () => {
    const printed = await asked('export', '--format', 'csv', '--query', 'agent:crew');
    expect(printed).toEqual({ code: 0, stdout: await ask('/api/v1/export?q=agent:crew'), stderr: '2 rows\n' });
    const file = join(folder, 'costs.jsonl');
    const written = await asked('export', '--what', 'costs', '--by', 'agent', '--out', file, '--json');
    expect(JSON.parse(written.stdout)).toEqual({ file, format: 'jsonl', what: 'costs', rows: 2, truncated: false });
    expect(await readFile(file, 'utf8')).toBe(await ask('/api/v1/export?what=costs&by=agent&format=jsonl'));
    const again = await asked('export', '--out', file);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('It is there already')]);
  });

  it('Parquet is what its ending says, and a limit is said to have cut', async () => {
    const file = join(folder, 'spans.parquet');
    expect((await asked('export', '--out', file, '--limit', '2')).stderr).toBe('2 rows, and there are more: --limit\n');
    const bytes = await readFile(file);
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    });
    expect(rows).toHaveLength(2);
  });

  it('a format or a filter that is none is one clear line and code 1, and leaves no file', async () => {
    const bad = await asked('export', '--format', 'xml');
    expect([bad.code, bad.stderr]).toEqual([
      1,
      expect.stringMatching(/^tallyspan: --format is "xml"\. It is one of csv/),
    ]);
    const out = join(folder, 'never.csv');
    expect((await asked('export', '--query', 'colour:red', '--out', out)).code).toBe(1);
    await expect(readFile(out)).rejects.toThrow('ENOENT');
  });
});

describe('every command', () => {
  it('--json is JSON that equals what the API answers', async () => {
    const by = ['costs', '--by', 'agent,model', '--query', 'agent:crew'];
    const pairs: [string[], string][] = [
      [by, '/api/v1/costs?by=agent,model&q=agent:crew'],
      [['keys', 'list'], '/api/v1/keys'],
      [['data', 'retention'], '/api/v1/data/retention'],
    ];
    for (const [words, path] of pairs) {
      const { code, stdout, stderr } = await asked(...words, '--json');
      expect([words.join(' '), code, stderr]).toEqual([words.join(' '), 0, '']);
      expect(JSON.parse(stdout), words.join(' ')).toEqual(JSON.parse(await ask(path)));
    }
  });
});
