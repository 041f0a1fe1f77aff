import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  readFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { harness } from '../../test/harness.ts';
import { denoPath } from '../../test/runtimes.ts';
import { agent } from '../index.ts';
import { observeExec, sandbox, type Sandbox } from './index.ts';

const h = harness();
const MiB = 1024 * 1024;
const secret = join(mkdtempSync(join(tmpdir(), 'tallyspan-secret-')), 'secret.json');
let box: Sandbox;
let port: number;
const reached = vi.fn<() => void>();
const listener = createServer((socket) => {
  reached();
  socket.destroy();
});

beforeAll(async () => {
  box = sandbox({ deno: denoPath() });
  writeFileSync(secret, '{"canary":"kanarienvogel"}');
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  port = (listener.address() as AddressInfo).port;
}, 120_000);
afterAll(() => {
  listener.close();
  rmSync(dirname(secret), { recursive: true });
});

describe('a program in the sandbox', () => {
  it('EXT-09 OBS-19 answers outputs and exit code; exit 3 is 3 on the span, and an error', async () => {
    const run = agent({ name: 'analyst', tenant: 'acme' }, () =>
      box.exec('console.log("six"); console.error("seven"); Deno.exit(3)', { timeoutSeconds: 20 }),
    );
    expect(await run()).toEqual({
      stdout: 'six\n',
      stderr: 'seven\n',
      exitCode: 3,
      durationMs: expect.any(Number),
      ok: false,
      timedOut: false,
      truncated: false,
    });
    const span = (await h.spans()).find(({ name }) => name === 'sandbox_exec javascript')!;
    expect(span).toMatchObject({ failed: true, statusMessage: 'exit code 3' });
    expect(span.attributes).toMatchObject({
      'gen_ai.operation.name': 'sandbox_exec',
      'tally.sandbox.language': 'javascript',
      'tally.sandbox.timeout': 20,
      'process.exit.code': 3,
      'error.type': 'exit_code',
      'gen_ai.agent.name': 'analyst',
      'tally.tenant': 'acme',
    });
    expect(h.sink.bytes().includes('seven')).toBe(false);
  });

  it('is recorded with its outputs where content is on, under Hexr’s names where they are asked for', async () => {
    h.init({ captureContent: true, dialects: ['hexr'] });
    const code = 'const answer: number = 6 * 7; enum Unit { metre }; console.log(answer, Unit[0])';
    expect(await box.exec(code, { language: 'typescript' })).toMatchObject({ ok: true, stdout: '42 metre\n' });
    const span = await h.span();
    expect(span).toMatchObject({ name: 'hexr.sandbox.exec', failed: false });
    expect(span.attributes).toMatchObject({
      'hexr.sandbox.language': 'typescript',
      'hexr.sandbox.timeout': 30,
      'hexr.sandbox.exit_code': 0,
      'gen_ai.tool.call.arguments': expect.stringContaining('enum Unit'),
      'gen_ai.tool.call.result': JSON.stringify({ stdout: '42 metre\n', stderr: '' }),
    });
  });

  it('sees the variables that it was given and none of ours', async () => {
    vi.stubEnv('PLANTED_SECRET', 'kanarienvogel');
    const code =
      'console.log(process.env.GIVEN, process.env.PLANTED_SECRET, process.env.HOME, Object.keys(Deno.env.toObject()))';
    expect((await box.exec(code, { env: { GIVEN: 'a,b=c' } })).stdout).toBe('a,b=c undefined undefined [ "GIVEN" ]\n');
    vi.unstubAllEnvs();
    await expect(box.exec('', { env: { 'A=B': '1' } })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('an error of the program is told as Deno tells it, by line and column of what was given', async () => {
    const { stderr, exitCode } = await box.exec('const a = 1;\nthrow new TypeError("no " + a);');
    expect({ stderr, exitCode }).toEqual({ stderr: 'TypeError: no 1\n    at main.js:2:7\n', exitCode: 1 });
  });

  it('leaves no folder behind', async () => {
    const { stdout } = await box.exec('console.log(Deno.cwd())');
    expect(stdout.trim()).toContain(join(tmpdir(), 'sandbox-'));
    expect(existsSync(stdout.trim())).toBe(false);
  });
});

describe('a hostile program is contained', () => {
  /** Runs a statement that must not work, and answers what it said. */
  const attempt = async (code: string) => {
    const { stdout, stderr, ok } = await box.exec(code, { timeoutSeconds: 20 });
    return { ok, said: stdout + stderr };
  };
  const import_ = (type: string) => `with { type: ${JSON.stringify(type)} }`;

  it.each([
    ['Deno', () => `console.log(Deno.readTextFileSync(${JSON.stringify(secret)}))`],
    ['node:fs', () => `import fs from 'node:fs'; console.log(fs.readFileSync(${JSON.stringify(secret)}, 'utf8'))`],
    // A main module may import these without any permission, which is why programs are none.
    ['an import of text', () => `import x from 'file://${secret}' ${import_('text')}; console.log(x)`],
    ['an import of JSON', () => `import x from 'file://${secret}' ${import_('json')}; console.log(x)`],
    ['an import() of JSON', () => `console.log(await import('file://${secret}', { with: { type: 'json' } }))`],
    [
      'a worker',
      () =>
        `new Worker('data:text/javascript,' + encodeURIComponent("import x from 'file://${secret}' ${import_('json').replaceAll('"', "'")}; console.log(x)"), { type: 'module' })`,
    ],
    [
      'require',
      () =>
        `import { createRequire } from 'node:module'; console.log(createRequire('file:///')(${JSON.stringify(secret)}))`,
    ],
  ])('that reads a file through %s', async (_, code) => {
    const { ok, said } = await attempt(code());
    expect(ok).toBe(false);
    expect(said).toContain('Requires read access');
    expect(said).not.toContain('kanarienvogel');
  });

  it('that writes a file, asks the network, starts a process or kills ours', async () => {
    const tries = {
      write: `Deno.writeTextFileSync('x', 'y')`,
      connect: `await Deno.connect({ hostname: '127.0.0.1', port: ${port} })`,
      fetch: `await fetch('http://127.0.0.1:${port}/')`,
      socket: `new WebSocket('ws://127.0.0.1:${port}/')`,
      spawn: `new Deno.Command('/bin/ls').outputSync()`,
      kill: 'Deno.kill(Deno.ppid, "SIGKILL")',
      remote: `await import('http://127.0.0.1:${port}/x.js')`,
      disk: 'await caches.open("x")',
      stored: 'localStorage.setItem("a", "b")',
      more: `if ((await Deno.permissions.request({ name: 'read' })).state !== 'granted') throw new Error('denied')`,
    };
    const code = Object.entries(tries)
      .map(
        ([name, statement]) =>
          `try { ${statement}; console.log('${name} WORKED') } catch (e) { console.log('${name}', e.name) }`,
      )
      .join('\n');
    const { stdout } = await box.exec(code);
    expect(stdout.trim().split('\n')).toHaveLength(Object.keys(tries).length);
    expect(stdout).not.toContain('WORKED');
    expect(reached).not.toHaveBeenCalled();
  });

  it('that never ends is ended at its deadline', async () => {
    const result = await box.exec('console.log("begun"); for (;;) {}', { timeoutSeconds: 0.2 });
    expect(result).toMatchObject({ ok: false, timedOut: true, endedBy: 'timeout', exitCode: null, stdout: 'begun\n' });
    expect((await h.span()).attributes).toMatchObject({ 'error.type': 'timeout', 'tally.sandbox.timeout': 0.2 });
  });

  it('that writes a gigabyte is cut, and ended soon after', async () => {
    const code = 'const b = new Uint8Array(1e6).fill(65); for (let i = 0; i < 1000; i++) Deno.stdout.writeSync(b);';
    const result = await box.exec(code, { outputBytesMax: 10 });
    expect(result).toMatchObject({ ok: false, truncated: true, endedBy: 'output', stdout: 'A'.repeat(10) });
    expect((await h.span()).attributes['error.type']).toBe('output_limit');
  });

  it('that only writes more than is kept comes to its own end', async () => {
    const code = 'console.log("é".repeat(8))';
    expect(await box.exec(code, { outputBytesMax: 17 })).toMatchObject({ ok: true, truncated: false });
    // The bound falls into a character.
    expect(await box.exec(code, { outputBytesMax: 15 })).toMatchObject({
      ok: true,
      truncated: true,
      stdout: 'é'.repeat(7),
      exitCode: 0,
    });
  });

  it.each([
    ['the heap', 'const all = []; for (;;) all.push({ all: [all.length] });'],
    ['buffers', 'const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1));'],
  ])('that fills %s is ended', async (what, code) => {
    // Buffers lie outside of the heap; only Linux tells how much there are.
    if (what === 'buffers' && process.platform !== 'linux') return;
    const result = await box.exec(code, { memoryBytesMax: 48 * MiB });
    expect(result).toMatchObject({ ok: false, exitCode: null, endedBy: 'memory' });
    expect((await h.span()).attributes['error.type']).toBe('memory_limit');
  });
});

describe('Python', () => {
  it('EXT-09 OBS-19 runs with outputs, exit code and variables; one that breaks out into JavaScript is still in Deno', async () => {
    const code = `
import js, os, socket, subprocess, sys
print(6 * 7, os.environ['GIVEN'])
print('to stderr', file=sys.stderr)
world = js.constructor.constructor('return globalThis')()
def attempt(name, run):
    try:
        print(name, 'WORKED', run())
    except BaseException as error:
        print(name, type(error).__name__, str(error)[:40])
attempt('file', lambda: open('/etc/hosts').read())
attempt('escaped file', lambda: world.Deno.readTextFileSync(${JSON.stringify(secret)}))
attempt('socket', lambda: socket.create_connection(('127.0.0.1', ${port}), 1))
attempt('process', lambda: subprocess.run(['ls']))
attempt('escaped process', lambda: world.Deno.Command.new('/bin/ls').outputSync())
attempt('memory', lambda: len(bytearray(2 ** 29)))
try:
    await world.fetch('http://127.0.0.1:${port}/')
    print('fetch WORKED')
except BaseException as error:
    print('fetch', str(error)[:11])
sys.exit(3)
`;
    const result = await box.exec(code, { language: 'python', env: { GIVEN: 'x' } });
    expect(result).toMatchObject({ stderr: 'to stderr\n', exitCode: 3, ok: false, timedOut: false });
    expect(result.stdout.trim().split('\n')).toEqual([
      '42 x',
      expect.stringContaining('file FileNotFoundError'),
      expect.stringContaining('escaped file JsException NotCapable: Requires read'),
      expect.stringMatching(/^socket \w*Error/),
      expect.stringMatching(/^process \w*Error/),
      expect.stringContaining('escaped process JsException NotCapable: Requires run'),
      expect.stringContaining('memory MemoryError'),
      'fetch NotCapable:',
    ]);
    expect(reached).not.toHaveBeenCalled();
    expect(await h.span()).toMatchObject({
      name: 'sandbox_exec python',
      failed: true,
      attributes: { 'process.exit.code': 3 },
    });
    // It starts in two to six seconds of one core, which may be busy.
  }, 120_000);
});

describe('where a program cannot be run', () => {
  it('the error says what is missing and what to install', async () => {
    await expect(sandbox({ deno: '/nowhere/deno' }).exec('1')).rejects.toThrow(/SANDBOX|there is no \/nowhere\/deno/);
    const folder = mkdtempSync(join(tmpdir(), 'tallyspan-empty-'));
    const here = process.cwd();
    // What the machine's own node_modules above the folder may hold is nobody's business here.
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    await expect(sandbox().exec('1')).rejects.toMatchObject({
      code: 'SANDBOX_UNAVAILABLE',
      fix: 'Run "npm install deno".',
    });
    await expect(sandbox({ deno: denoPath() }).exec('1', { language: 'python' })).rejects.toMatchObject({
      fix: 'Run "npm install pyodide".',
    });
    // As npm lays it out, and as pnpm does: the binary is a dependency of the package deno only.
    const packageOf = (path: string) => {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, 'package.json'), '{}');
    };
    const binary = dirname(denoPath());
    packageOf('node_modules/.pnpm/deno/node_modules/deno');
    mkdirSync(join(folder, 'node_modules/.pnpm/deno/node_modules/@deno'));
    symlinkSync(binary, join(folder, 'node_modules/.pnpm/deno/node_modules/@deno', binary.split('/').at(-1)!));
    symlinkSync(join(folder, 'node_modules/.pnpm/deno/node_modules/deno'), join(folder, 'node_modules/deno'));
    expect(await sandbox().exec('console.log(1)')).toMatchObject({ stdout: '1\n' });
    cwd.mockRestore();
    expect(process.cwd()).toBe(here);
    rmSync(folder, { recursive: true });
  });

  it('a runtime that ends before the program begins is no result of the program', async () => {
    const { ok } = await sandbox({ deno: process.execPath })
      .exec('1')
      .catch((error: unknown) => ({ ok: error }));
    expect(ok).toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect(await h.span()).toMatchObject({ failed: true, attributes: { 'error.type': 'SANDBOX_UNAVAILABLE' } });
  });

  it('a bound that is none is refused at once', async () => {
    expect(() => sandbox({ timeoutSeconds: 0 })).toThrow('timeoutSeconds is 0');
    await expect(box.exec('1', { memoryBytesMax: Number.NaN })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('a signal ends the program, and its caller gets the reason', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('sandbox-')).length;
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await expect(box.exec('for (;;) {}', { signal: controller.signal })).rejects.toThrow(/abort/i);
    expect((await h.span()).attributes['error.type']).toBe('AbortError');
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('sandbox-')).length).toBeLessThanOrEqual(before);
  });
});

it('a program does not outlive the process that asked for it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallyspan-orphan-'));
  const [deno, pidFile, main] = ['deno', 'pid', 'main.ts'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(
    deno,
    `#!/bin/sh\necho $$ > ${pidFile}.new && mv ${pidFile}.new ${pidFile}\nexec ${denoPath()} "$@"\n`,
    { mode: 0o755 },
  );
  writeFileSync(
    main,
    `import { existsSync } from 'node:fs';
    import { sandbox } from '${join(import.meta.dirname, 'index.ts')}';
    void sandbox({ deno: '${deno}' }).exec('for (;;) {}');
    // Time enough for the program to begin, as its runtime would end by itself before that.
    setInterval(() => existsSync('${pidFile}') && setTimeout(() => process.exit(7), 1000), 10);`,
  );
  const asking = spawn(process.execPath, [main], { env: { OTEL_SDK_DISABLED: 'true' }, stdio: 'ignore' });
  expect(await once(asking, 'close')).toEqual([7, null]);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  await expect.poll(() => isAlive(pid)).toBe(false);
  rmSync(folder, { recursive: true });
});

/** One that was killed and that nobody has waited for yet is not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a sandbox of the user’s own', () => {
  it('OBS-19 is observed: language, exit code and error, whichever way it says them', async () => {
    const results = [{ exitCode: 0 }, { exit_code: 3 }, { error: { name: 'NameError' } }, { logs: [] }];
    const run = observeExec(async (index: number) => results[index]!, { language: 'python', timeoutSeconds: 60 });
    for (const index of results.keys()) expect(await run(index)).toBe(results[index]);
    const thrown = Object.assign(new Error('exit status 2'), { exitCode: 2 });
    const throws = observeExec(
      () => {
        throw thrown;
      },
      { language: 'shell' },
    );
    expect(() => throws()).toThrow(thrown);
    const spans = await h.spans();
    expect(spans.map(({ name, failed, attributes }) => [name, failed, attributes['process.exit.code']])).toEqual([
      ['sandbox_exec python', false, 0],
      ['sandbox_exec python', true, 3],
      ['sandbox_exec python', true, 1],
      ['sandbox_exec python', false, undefined],
      ['sandbox_exec shell', true, 2],
    ]);
  });
});
