import { TallyError } from '@tallyspan/facts';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { javascript, python } from './programs.ts';

export type SandboxLanguage = 'javascript' | 'typescript' | 'python';

/** Where the runtimes are, for applications that have them elsewhere than in node_modules. */
export interface RuntimePaths {
  /** The binary of Deno 2.5 or later. Default: that of the npm package `deno`. */
  deno?: string | undefined;
  /** The folder of the npm package `pyodide`. Default: where the application has it. */
  pyodide?: string | undefined;
}

/** How a program of one language is started. */
export interface Started {
  command: string;
  args: readonly string[];
  /** What the runtime reads on its standard input. */
  input: string;
}

/** Each with what Deno takes it for. */
const mediaTypes: Record<Exclude<SandboxLanguage, 'python'>, string> = {
  javascript: 'application/javascript',
  typescript: 'application/typescript',
};

/**
 * Nothing is granted: no file, no host, no process, no variable but those given, whose reading answers `undefined` instead of failing,
 * as programs look at many. Modules come from nowhere. `DENO_DIR` of the process is no folder, so that nothing is kept on the disk.
 */
const CONFINED = [
  'run',
  '--quiet',
  '--no-prompt',
  '--no-remote',
  '--no-npm',
  '--no-config',
  '--no-lock',
  '--cached-only',
  '--ignore-env',
];

/** Bytes of one page of WebAssembly memory, and what Python needs before a program begins. */
const PAGE_BYTES = 65_536;
const PYTHON_BYTES = 64 * 1024 * 1024;
const MiB = 1024 * 1024;

/** Throws a {@link TallyError} that says what is missing. */
export function startOf(
  language: SandboxLanguage,
  code: string,
  { env, memoryBytesMax }: { env: Readonly<Record<string, string>>; memoryBytesMax: number },
  paths: RuntimePaths,
): Started {
  const command = paths.deno ?? findDeno(language);
  if (!existsSync(command)) throw unavailable(language, `there is no ${command}`, 'Give the path of Deno as "deno".');
  const names = Object.keys(env);
  const confined = [...CONFINED, ...(names.length > 0 ? [`--allow-env=${names.join(',')}`] : [])];
  const heap = `--max-old-space-size=${Math.max(16, Math.ceil(memoryBytesMax / MiB))}`;
  if (language !== 'python') {
    const input = JSON.stringify({ code, env, type: mediaTypes[language] });
    return { command, args: [...confined, `--v8-flags=${heap}`, moduleOf(javascript)], input };
  }
  const folder = realpathSync(paths.pyodide ?? findPyodide());
  const pages = `--wasm-max-mem-pages=${Math.ceil((memoryBytesMax + PYTHON_BYTES) / PAGE_BYTES)}`;
  const args = [...confined, `--allow-read=${folder}`, `--v8-flags=${heap},${pages}`, moduleOf(python)];
  const module = pathToFileURL(join(folder, 'pyodide.mjs')).href;
  return { command, args, input: JSON.stringify({ code, env, module, folder: join(folder, '/') }) };
}

function moduleOf(program: string): string {
  return `data:application/javascript;base64,${Buffer.from(program).toString('base64')}`;
}

function findDeno(language: SandboxLanguage): string {
  const binary = `@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`;
  const file = process.platform === 'win32' ? 'deno.exe' : 'deno';
  const here = requireHere();
  const found =
    folderOf(here, binary) ?? inside(folderOf(here, 'deno'), (deno) => folderOf(createRequire(`${deno}/`), binary));
  if (found !== undefined) return join(found, file);
  throw unavailable(language, `the npm package deno has no ${binary} here`, 'Run "npm install deno".');
}

function findPyodide(): string {
  const found = folderOf(requireHere(), 'pyodide');
  if (found !== undefined) return found;
  throw unavailable('python', 'there is no npm package pyodide here', 'Run "npm install pyodide".');
}

/** As the application finds its packages: from the folder in which it was started. */
function requireHere(): NodeJS.Require {
  return createRequire(join(process.cwd(), '/'));
}

function folderOf(require: NodeJS.Require, name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function inside<Value>(folder: string | undefined, look: (folder: string) => Value | undefined): Value | undefined {
  return folder === undefined ? undefined : look(folder);
}

export function unavailable(language: SandboxLanguage, reason: string, fix: string): TallyError {
  return new TallyError('SANDBOX_UNAVAILABLE', { language, reason, fix });
}
