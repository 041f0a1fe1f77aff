import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../test/eventually.ts';
import { makeRequest } from '../test/make-request.ts';
import { endAll, runCli, spawnCli, startCli } from '../test/run-cli.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-'));
});
afterEach(async () => {
  endAll();
  await rm(folder, { recursive: true, force: true });
});

const free = async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
};
const oneLine = (text: RegExp) => expect.stringMatching(new RegExp(`^tallyspan: ${text.source}[^\n]*\n$`));

describe('tallyspan start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('prints its address, serves, and ends with 0 on %s', async (signal) => {
    const server = await startCli(folder);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await server.end(signal)).toEqual({ code: 0, signal: null });
    expect(server.stdout.text.replace(/^(OTLP.*:)\d+$/m, '$1<port>')).toBe(
      `Tallyspan is listening on ${server.url} (data in ${folder})\nOTLP/gRPC is taken on 127.0.0.1:<port>\nStopping: requests in flight are finished, spans are stored.\n`,
    );
    expect(server.stderr.text).toBe('');
  });

  it('keeps its data in .tallyspan of the current folder, or where TALLYSPAN_DATA_DIR says', async () => {
    const { server, port } = await free();
    // The port is taken, so it ends; the folder was made before it listened.
    await runCli(['start'], { cwd: folder, env: { TALLYSPAN_PORT: String(port) } });
    expect(await readdir(folder)).toEqual(['.tallyspan']);
    await runCli(['start'], {
      cwd: folder,
      env: { TALLYSPAN_PORT: String(port), TALLYSPAN_DATA_DIR: join(folder, 'elsewhere') },
    });
    expect((await readdir(folder)).sort()).toEqual(['.tallyspan', 'elsewhere']);
    server.close();
  });

  it('a taken port is one clear line and code 1', async () => {
    const { server, port } = await free();
    expect(await runCli(['start', '--port', String(port), '--data-dir', folder])).toEqual({
      code: 1,
      stdout: '',
      stderr: oneLine(
        new RegExp(`Port ${port} is taken\\. Another program listens .* start with --port ${port + 1}\\.`),
      ),
    });
    server.close();
  });

  it('so is a taken port for OTLP/gRPC, and "off" needs none', async () => {
    const { server, port } = await free();
    const args = ['start', '--port', '0', '--data-dir', folder, '--grpc-port'];
    expect(await runCli([...args, String(port)])).toEqual({
      code: 1,
      stdout: '',
      stderr: oneLine(
        new RegExp(`Port ${port} is taken\\. Another program listens .* start with --grpc-port ${port + 1}\\.`),
      ),
    });
    server.close();
    const without = spawnCli([...args, 'off']);
    let printed = '';
    without.stdout!.on('data', (piece: Buffer) => (printed += piece.toString()));
    await expect.poll(() => printed, { timeout: 10_000 }).toContain('is listening on');
    without.kill('SIGTERM');
    await new Promise((resolve) => without.once('close', resolve));
    expect(printed).not.toContain('gRPC');
  });

  it('a data folder that cannot be written is one clear line and code 1', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await runCli(['start', '--port', '0', '--data-dir', join(folder, 'file', 'data')])).toEqual({
      code: 1,
      stdout: '',
      stderr: oneLine(/The data folder .* cannot be written: .* start with --data-dir pointing to a folder of yours\./),
    });
  });

  it('a data folder in use is one clear line and code 1', async () => {
    const first = await startCli(folder);
    expect(await runCli(['start', '--port', '0', '--data-dir', folder])).toEqual({
      code: 1,
      stdout: '',
      stderr: oneLine(/The store in .* is in use by another process.* start with another --data-dir\./),
    });
    await first.end('SIGTERM');
  });

  it('a store that cannot be opened is one clear line and code 1', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'spans.duckdb'), 'this is no database, and it is long enough to look at'.repeat(100));
    expect(await runCli(['start', '--port', '0', '--data-dir', folder])).toEqual({
      code: 1,
      stdout: '',
      stderr: oneLine(/The store in .* cannot be opened: .* move .*spans\.duckdb aside/),
    });
  });

  it.each([
    [['--host', '0.0.0.0', '--no-auth'], /Refusing to listen on 0\.0\.0\.0 without keys\./],
    [['--port', 'http'], /--port is "http"\. A port is a number/],
    [['--port', '65536'], /--port is "65536"/],
    [['--grpc-port', 'on'], /--grpc-port is "on"\. It is "off", or a number/],
  ])('%s is one clear line and code 1', async (args, message) => {
    expect(await runCli(['start', '--data-dir', folder, ...args])).toEqual({
      code: 1,
      stdout: '',
      stderr: oneLine(message),
    });
  });
});

describe('tallyspan costs', () => {
  it('prints the tree of what the server holds, run by run', async () => {
    const server = await startCli(folder);
    const body = makeRequest([
      { run: 'a', role: 'researcher', input: 1_204, output: 310 },
      { run: 'a', role: 'writer', input: 2_410, output: 1_950 },
      { run: 'b', role: 'writer', input: 1_000, output: 100 },
    ]);
    await fetch(`${server.url}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const printed = await eventually(async () => {
      const { code, stdout } = await runCli(['costs', '--by', 'agent,run,role,model', '--url', server.url]);
      return code === 0 && stdout.includes('3 calls') ? stdout : undefined;
    });
    expect(printed).toMatchInlineSnapshot(`
      "Agent: content-crew (run #1)
      ├─ writer
      │  └─ gpt-4o-2024-08-06: 2,410 in + 1,950 out → $0.025525
      └─ researcher
         └─ gpt-4o-2024-08-06: 1,204 in + 310 out → $0.00611
      Total: 2 calls, 3,614 in + 2,260 out → $0.031635

      Agent: content-crew (run #2)
      └─ writer
         └─ gpt-4o-2024-08-06: 1,000 in + 100 out → $0.0035
      Total: 1 call, 1,000 in + 100 out → $0.0035

      Grand total: 3 calls, 4,614 in + 2,360 out → $0.035135
      "
    `);
    const json = await runCli(['costs', '--json'], { env: { TALLYSPAN_PORT: new URL(server.url).port } });
    expect(JSON.parse(json.stdout)).toMatchObject({ by: ['agent', 'role', 'model'], total: { calls: 3 } });
    expect(await runCli(['costs', '--by', 'colour', '--url', server.url])).toMatchObject({
      code: 1,
      stderr: oneLine(/by: "colour" is not one of tenant, agent, run/),
    });
    await server.end('SIGTERM');
  });

  it('no server is one clear line and code 1', async () => {
    const { server, port } = await free();
    await new Promise((resolve) => server.close(resolve));
    expect(await runCli(['costs', '--url', `http://127.0.0.1:${port}`])).toEqual({
      code: 1,
      stdout: '',
      stderr: oneLine(
        new RegExp(`No Tallyspan answers at http://127\\.0\\.0\\.1:${port}\\. .*Start it with "tallyspan start"`),
      ),
    });
    expect(await runCli(['costs', '--url', 'nonsense'])).toMatchObject({
      code: 1,
      stderr: oneLine(/--url is "nonsense"\./),
    });
  });

  it('somebody else on that port is not taken for Tallyspan', async () => {
    const { server, port } = await free();
    server.on('request', (_, response) => response.end('<html>hello</html>'));
    expect(await runCli(['costs', '--url', `http://127.0.0.1:${port}`])).toMatchObject({
      code: 1,
      stderr: oneLine(/No Tallyspan answers at .*Something else/),
    });
    server.close();
  });
});

describe('tallyspan --help', () => {
  it('shows the commands with examples', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('tallyspan costs --by agent,run,role,model');
  });

  it('an unknown command says where to look', async () => {
    const { code, stderr } = await runCli(['stat']);
    expect(code).toBe(1);
    expect(stderr).toContain("unknown command 'stat'");
    expect(stderr).toContain('--help');
  });
});

describe('tallyspan start --clickhouse', () => {
  it.each([
    [['--clickhouse', 'postgres://me:hunter2@db'], '--clickhouse is'],
    [['--clickhouse', 'clickhouse://db/a`b'], '--clickhouse is'],
    [['--clickhouse', 'clickhouse://db', '--cluster', "a'b"], '--cluster is'],
    [['--cluster', 'prod'], '--cluster is "prod". A cluster is one of a ClickHouse.'],
  ])('refuses %j in one line', async (options, words) => {
    const { code, stderr } = await runCli(['start', '--port', '0', '--data-dir', folder, ...options]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^tallyspan: [^\n]*\n$/)]);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('tallyspan import', () => {
  it.each([
    [['clickhouse://127.0.0.1:9'], 'The ClickHouse at http://127.0.0.1:9 cannot be used'],
    [['clickhouse://127.0.0.1:9', '--from', 'yesterday'], '--from is "yesterday".'],
  ])('says in one line why %j does not work', async (args, words) => {
    const { code, stderr } = await runCli(['import', ...args]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^tallyspan: [^\n]*\n$/)]);
    expect(stderr).toContain(words);
  });
});
