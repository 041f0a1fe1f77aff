import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { lookAtNode } from './look-at-program.ts';

let folder: string;
let receiver: Server;
let status = 200;
let headers: Record<string, string> = {};
let endpoint: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tallyspan-'));
  [status, headers] = [200, {}];
  receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(status, headers).end('{}');
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterEach(async () => {
  receiver.close();
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, content: string | object): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
}
const install = (name: string, version: string) => put(`node_modules/${name}/package.json`, { name, version });
const ask = (env: Record<string, string> = {}) =>
  runCli(['doctor', '--dir', folder], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env } });

describe('tallyspan doctor', () => {
  it('says that all is well: the libraries, the door, and that spans are taken', async () => {
    await install('openai', '7.57.0');
    await install('@tallyspan/sdk', '0.1.0');
    await put('src/model.ts', "import { watch } from '@tallyspan/sdk';\n");
    const { code, stdout } = await ask();
    expect(stdout).toContain('✓ openai 7.57.0 (client)');
    expect(stdout).toContain(`✓ In code: ${join('src', 'model.ts')}`);
    expect(stdout).toContain(`✓ Spans are taken at ${endpoint}/v1/traces`);
    expect(stdout).toMatch(/Your spans arrive\.\n$/);
    expect(code).toBe(0);
  });

  it('an empty folder without a receiver says three times what to do, with code 1', async () => {
    receiver.close();
    const { code, stdout } = await ask();
    expect(stdout).toContain('! No library that calls models');
    expect(stdout).toContain('✗ @tallyspan/sdk is not installed here\n  → npm install @tallyspan/sdk');
    expect(stdout).toContain('✗ Nothing here turns instrumentation on\n  → Wrap your client');
    expect(stdout).toContain(`✗ Nothing takes spans at ${endpoint}/v1/traces`);
    expect(stdout).toMatch(/3 things keep spans from arriving\.\n$/);
    expect(code).toBe(1);
  });

  it('sees the zero-code door in NODE_OPTIONS and in the scripts, and a library that is too old', async () => {
    await install('@tallyspan/sdk', '0.1.0');
    await install('openai', '4.104.0');
    await put('package.json', { scripts: { start: 'node --import @tallyspan/sdk/register app.js' } });
    const { stdout } = await ask();
    expect(stdout).toContain('✓ Zero-code: the script "start"');
    expect(stdout).toContain('! openai 4.104.0 (client) is older than what is proven\n  → Update openai to >=6.');
  });

  it.each([
    [401, 'it wants a key (401)'],
    [404, 'is no OTLP receiver (404)'],
  ])('a receiver that answers %i is told apart', async (answer, said) => {
    status = answer;
    const { code, stdout } = await ask();
    expect([code, stdout]).toEqual([1, expect.stringContaining(said)]);
  });

  it('asks a receiver by gRPC where spans go by gRPC', async () => {
    // Success, and UNAUTHENTICATED.
    const codes = [0, 16];
    const grpc = createHttp2Server().on('stream', (stream) => {
      const answer = { 'content-type': 'application/grpc', 'grpc-status': codes.shift() };
      stream.respond(answer, { endStream: true });
    });
    await new Promise<void>((resolve) => grpc.listen(0, '127.0.0.1', resolve));
    const place = `http://127.0.0.1:${(grpc.address() as AddressInfo).port}`;
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: place };
    const [taken, refused] = [await ask(env), await ask(env)];
    grpc.close();
    expect(taken.stdout).toContain(`✓ Spans are taken at ${place} by gRPC`);
    expect(refused.stdout).toContain(`✗ ${place} refuses spans: it wants a key (gRPC status 16)`);
  });

  it('finds what is switched off, and clocks that differ', async () => {
    headers = { date: new Date(Date.now() - 600_000).toUTCString() };
    const { stdout } = await ask({ OTEL_SDK_DISABLED: 'true' });
    expect(stdout).toContain('✗ OTEL_SDK_DISABLED=true switches everything off\n  → Unset OTEL_SDK_DISABLED.');
    expect(stdout).toMatch(/! The clocks of this machine and of the receiver are \d{3} s apart/);
  });

  it('an old Node is named with the one that is needed', () => {
    expect(lookAtNode('18.20.0')).toMatchObject({ state: 'bad', what: 'Node 18.20.0 is older than 20.19' });
    expect(lookAtNode('20.19.0').state).toBe('ok');
  });
});
