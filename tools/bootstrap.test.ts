import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/**
 * The real bootstrap in a house of cardboard: our files, a page whose build only counts, a command that only speaks, and an npm
 * that writes down its arguments and "installs" the Node that runs this test.
 */
let root: string;

const npm = `
import { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
appendFileSync('npm.log', process.argv.slice(2, 3) + '\\n');
if (existsSync('npm-fails')) {
  console.error('npm warn EBADENGINE Unsupported engine {\\nnpm error code E404\\nnpm error 404 No match found');
  process.exit(1);
}
rmSync('node_modules', { recursive: true, force: true });
mkdirSync('node_modules/node/bin', { recursive: true });
if (!existsSync('scripts-off')) symlinkSync(process.execPath, 'node_modules/node/bin/node');
`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  cpSync(resolve(import.meta.dirname, 'bootstrap'), join(root, 'tools/bootstrap'), { recursive: true });
  cpSync(resolve(import.meta.dirname, 'bootstrap.mjs'), join(root, 'tools/bootstrap.mjs'));
  write('package-lock.json', '{}');
  write('npm-cli.mjs', npm);
  write('packages/ui/package.json', JSON.stringify({ scripts: { build: 'node build.mjs' } }));
  write(
    'packages/ui/build.mjs',
    "import { appendFileSync } from 'node:fs'; appendFileSync('../../build.log', 'built\\n');",
  );
  write('packages/ui/src/page.tsx', 'export {};');
  write('tools/test.ts', 'console.log(`ran on ${process.version} with ${process.argv.slice(2) as string[]}`);');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function lines(file: string): string[] {
  return existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8').trim().split('\n') : [];
}

const variables = () => ({
  ...process.env,
  npm_execpath: npmCli(),
  npm_node_execpath: process.execPath,
  NO_COLOR: '1',
  FORCE_COLOR: '0',
});

/** The bootstrap believes that npm runs it when the file's name says so. */
function npmCli() {
  const cli = join(root, 'npm-cli.js');
  if (!existsSync(cli)) write('npm-cli.js', "import('./npm-cli.mjs');");
  return cli;
}

function bootstrap(args: string[], nodeOptions: string[] = []) {
  return new Promise<{ code: number; output: string }>((done) => {
    execFile(
      process.execPath,
      [...nodeOptions, 'tools/bootstrap.mjs', ...args],
      { cwd: root, env: variables() },
      (error, stdout, stderr) => done({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

it('the first command installs and builds; the second goes straight to its work', async () => {
  const first = await bootstrap(['test', 'a', '--b']);
  expect(first.output).toMatch(/Packages installed.*\n.*Page built.*\nran on v\S+ with a,--b\n/);
  expect(first.code).toBe(0);

  const second = await bootstrap(['test']);
  expect(second.output).toBe(`ran on ${process.version} with \n`);
  expect({ npm: lines('npm.log'), build: lines('build.log') }).toEqual({ npm: ['ci'], build: ['built'] });
});

it('a changed lockfile is installed again, a changed page source is built again, a changed test of the page is not', async () => {
  await bootstrap(['test']);
  write('packages/ui/src/page.test.tsx', 'export {};');
  await bootstrap(['test']);
  expect(lines('build.log')).toHaveLength(1);

  write('packages/ui/src/page.tsx', 'export const a = 1;');
  await bootstrap(['test']);
  expect({ npm: lines('npm.log').length, build: lines('build.log').length }).toEqual({ npm: 1, build: 2 });

  write('package-lock.json', '{ "changed": true }');
  await bootstrap(['test']);
  expect({ npm: lines('npm.log').length, build: lines('build.log').length }).toEqual({ npm: 2, build: 3 });
});

it('when npm fails its words are shown without the noise, with what to do, and the next command tries again', async () => {
  write('npm-fails', '');
  const { code, output } = await bootstrap(['test']);
  expect(code).toBe(1);
  expect(output).toContain('npm error 404 No match found');
  expect(output).toContain('The registry lacks a package of the lockfile');
  expect(output).not.toContain('EBADENGINE');

  rmSync(join(root, 'npm-fails'));
  expect((await bootstrap(['test'])).code).toBe(0);
});

it('where install scripts are off, a Node that is new enough runs the house and says so once', async () => {
  write('scripts-off', '');
  expect((await bootstrap(['test'])).output).toMatch(/scripts of npm are off: using this Node/);
  expect((await bootstrap(['test'])).output).toBe(`ran on ${process.version} with \n`);
});

it('where install scripts are off and this Node is too old for TypeScript, the installer of the package is run by name', async () => {
  write('scripts-off', '');
  // npm brings the package with its script, which npm itself does not run.
  const script = "require('fs').symlinkSync(process.execPath, require('path').resolve('bin/node'));";
  write(
    'npm-cli.mjs',
    `${npm}\nimport { writeFileSync } from 'node:fs';\nwriteFileSync('node_modules/node/installArchSpecificPackage.js', ${JSON.stringify(script)});`,
  );
  const { code, output } = await bootstrap(['test'], pretend('20.19.0'));
  expect(output).toMatch(/Packages installed.*\n.*Node fetched/);
  expect(code).toBe(0);
});

it('where no Node for TypeScript can be had, the command ends with what to do', async () => {
  write('scripts-off', '');
  const { code, output } = await bootstrap(['test'], pretend('20.19.0'));
  expect(output).toContain('run npm with Node 22.18 or newer');
  expect(code).toBe(1);
});

it('a Node older than 20.19 is refused with one line', async () => {
  const { code, output } = await bootstrap(['test'], pretend('20.18.3'));
  expect(output).toBe('Tallyspan needs Node 20.19 or newer; this is 20.18.3. Get one at https://nodejs.org.\n');
  expect(code).toBe(1);
});

/** Options that make Node believe it is another version. */
function pretend(version: string): string[] {
  const code = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

it('the exit code of the command is passed on', async () => {
  write('tools/test.ts', 'process.exitCode = 7;');
  expect((await bootstrap(['test'])).code).toBe(7);
});

it('a page that does not build stops the command and shows why', async () => {
  write('packages/ui/build.mjs', "console.error('page.tsx: broken'); process.exit(1);");
  const { code, output } = await bootstrap(['test']);
  expect(output).toContain('page.tsx: broken');
  expect(output).not.toContain('ran on');
  expect(code).toBe(1);
});

it('an unknown command names the known ones and installs nothing', async () => {
  const { code, output } = await bootstrap(['strat']);
  expect(output).toMatch(/There is no command "strat". There are: start, test, check/);
  expect({ code, npm: lines('npm.log') }).toEqual({ code: 1, npm: [] });
});

it('a signal to stop reaches the command, which ends in its own time with its own exit code', async () => {
  write(
    'tools/test.ts',
    "process.on('SIGTERM', () => setTimeout(() => process.exit(5), 20)); console.log('up'); setInterval(() => {}, 1000);",
  );
  const child = spawn(process.execPath, ['tools/bootstrap.mjs', 'test'], { cwd: root, env: variables() });
  child.stdout.setEncoding('utf8').on('data', (text: string) => text.includes('up') && child.kill('SIGTERM'));
  expect(await new Promise((done) => child.once('exit', done))).toBe(5);
});

it('when npm is stopped, which ends only the shell between, the command is told to stop too', async () => {
  write(
    'tools/test.ts',
    "process.on('SIGTERM', () => { console.log('told'); process.exit(); }); console.log('up'); setInterval(() => {}, 1000);",
  );
  // As npm does it: a shell that waits, with the bootstrap below it.
  const shell = spawn('sh', ['-c', `"${process.execPath}" tools/bootstrap.mjs test; true`], {
    cwd: root,
    env: { ...variables(), npm_lifecycle_event: 'test' },
  });
  let output = '';
  await new Promise((done) => {
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (text.includes('up')) shell.kill('SIGTERM');
    });
    // Closes when the last process that could write has ended.
    shell.stdout.once('close', done);
  });
  expect(output).toMatch(/up\ntold\n$/);
});
