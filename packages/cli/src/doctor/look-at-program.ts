/** What can be seen of a program without running it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedVersion, librariesIn } from '@tallyspan/sdk/libraries';
import type { Finding, Program } from './finding.ts';

const SDK = '@tallyspan/sdk';
/** The oldest Node that the published packages run on. */
const NODE_MIN = [20, 19] as const;
const FILES_MAX = 2_000;
const FILE_BYTES_MAX = 1_000_000;

export function lookAtNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1]);
  if (!isOld) return { state: 'ok', what: `Node ${version}` };
  return {
    state: 'bad',
    what: `Node ${version} is older than ${NODE_MIN.join('.')}`,
    fix: `Install Node ${NODE_MIN.join('.')} or newer.`,
  };
}

export function lookAtLibraries({ directory }: Program): Finding[] {
  const libraries = librariesIn(directory);
  if (libraries.length === 0) {
    const what = 'No library that calls models or runs agents is installed here';
    return [{ state: 'warn', what, fix: 'Run the doctor in the folder of your program, or give it with --dir.' }];
  }
  return libraries.map(({ package: name, versions, kind, installed }): Finding => {
    const what = `${name} ${installed} (${kind})`;
    if (isAtLeast(installed, versions)) return { state: 'ok', what };
    return { state: 'warn', what: `${what} is older than what is proven`, fix: `Update ${name} to ${versions}.` };
  });
}

/** `versions` is a lower bound, `>=6` or `>=0.137`: there is never an upper one. */
function isAtLeast(installed: string, versions: string): boolean {
  const lowest = /^>=(\d[\d.]*)$/.exec(versions)?.[1];
  if (lowest === undefined) return true;
  const parts = installed.split(/[.-]/).map(Number);
  for (const [index, want] of lowest.split('.').map(Number).entries()) {
    const has = parts[index] ?? 0;
    if (Number.isNaN(has) || has > want) return true;
    if (has < want) return false;
  }
  return true;
}

/** Which of the three doors is open: zero-code, or a call in the program's own files. */
export async function lookAtDoor({ directory, env }: Program): Promise<Finding[]> {
  const installed = installedVersion(SDK, directory);
  const ours: Finding =
    installed === undefined
      ? {
          state: 'bad',
          what: `${SDK} is not installed here`,
          fix: `npm install ${SDK}, or start it with tallyspan run.`,
        }
      : { state: 'ok', what: `${SDK} ${installed}` };
  const { zeroCode, inCode } = await findDoors({ directory, env });
  if (zeroCode !== undefined) return [ours, { state: 'ok', what: `Zero-code: ${zeroCode}` }];
  if (inCode !== undefined) return [ours, { state: 'ok', what: `In code: ${inCode}` }];
  const fix = 'Wrap your client, watch(new OpenAI()), or start with node --import @tallyspan/sdk/register app.js.';
  return [ours, { state: 'bad', what: 'Nothing here turns instrumentation on', fix }];
}

async function findDoors({ directory, env }: Program): Promise<{ zeroCode?: string; inCode?: string }> {
  if (env['NODE_OPTIONS']?.includes(`${SDK}/register`)) return { zeroCode: 'NODE_OPTIONS' };
  const manifest = await readFile(join(directory, 'package.json'), 'utf8').catch(() => '');
  const scripts = Object.entries(scriptsOf(manifest));
  const script = scripts.find(([, line]) => line.includes(`${SDK}/register`) || line.includes('tallyspan run'));
  if (script) return { zeroCode: `the script "${script[0]}"` };
  const file = await firstFileWith(directory, new RegExp(`['"]${SDK}(/[a-z-]+)?['"]`));
  return file === undefined ? {} : { inCode: file };
}

function scriptsOf(manifest: string): Record<string, string> {
  try {
    const { scripts = {} } = JSON.parse(manifest) as { scripts?: Record<string, unknown> };
    return Object.fromEntries(
      Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}

const SKIPPED = new Set(['node_modules', 'dist', 'build', 'coverage']);

/** Own source files, breadth first and not too many. */
async function firstFileWith(directory: string, pattern: RegExp): Promise<string | undefined> {
  const folders = [''];
  let looked = 0;
  for (let folder = folders.shift(); folder !== undefined && looked < FILES_MAX; folder = folders.shift()) {
    const entries = await readdir(join(directory, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.has(entry.name)) folders.push(path);
      const isSource = entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name) && !/\.(test|spec)\./.test(entry.name);
      if (!isSource || ++looked > FILES_MAX) continue;
      const text = await readFile(join(directory, path), 'utf8').catch(() => '');
      if (text.length <= FILE_BYTES_MAX && pattern.test(text)) return path;
    }
  }
  return undefined;
}

/** Settings that decide whether and what is sent. */
export function lookAtEnvironment({ env }: Program): Finding[] {
  const findings: Finding[] = [];
  const switchedOff: Record<string, string> = { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'none' };
  for (const [name, value] of Object.entries(switchedOff)) {
    if (env[name] === value)
      findings.push({ state: 'bad', what: `${name}=${value} switches everything off`, fix: `Unset ${name}.` });
  }
  if (env['OTEL_TRACES_SAMPLER']?.includes('off'))
    findings.push({
      state: 'warn',
      what: `OTEL_TRACES_SAMPLER=${env['OTEL_TRACES_SAMPLER']} drops traces; only metrics are sent`,
      fix: 'Unset OTEL_TRACES_SAMPLER.',
    });
  const content = env['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'];
  const isOn = content !== undefined && !['', 'false', '0', 'no_content'].includes(content.toLowerCase());
  findings.push({
    state: 'info',
    what: isOn ? 'Prompts and answers are recorded' : 'Prompts and answers are not recorded, which is the default',
  });
  return findings;
}
