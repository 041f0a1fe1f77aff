/** Runs the steps of a command one after the other, each on one line, and stops at the first that fails. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { styleText } from 'node:util';
import { startProgress, type Progress } from './bootstrap/progress.mjs';
import type { Step } from './steps.ts';

export const root = resolve(import.meta.dirname, '..');

/** Kept of one step's output; what went wrong is at its end. */
const outputCharsMax = 2_000_000;
/** Output stays open while a grandchild holds it; nothing we start needs longer to say its last words. */
const lastWordsMs = 2_000;

/** Gives the exit code. Green steps take one line; a red one shows all it printed and what to do. */
export async function runSteps(steps: Step[]): Promise<number> {
  const started = performance.now();
  for (const step of steps) {
    const progress = startProgress(step.title);
    const { code, output, timedOut } = await run(step, progress);
    if (code === 0) {
      const detail = step.detail?.(output);
      progress.done(detail === undefined ? step.title : `${step.title}: ${detail}`);
      continue;
    }
    progress.failed(timedOut ? `${step.title}: no end after ${step.minutesMax} minutes` : step.title);
    console.error(`\n${output.trimEnd()}\n\n  ${styleText('red', `${step.title} failed.`)} ${step.fix}\n`);
    return 1;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `\n  ${styleText('green', 'All is well')}: ${steps.length} ${steps.length === 1 ? 'step' : 'steps'} in ${seconds} s.\n`,
  );
  return 0;
}

interface Ended {
  code: number;
  output: string;
  timedOut: boolean;
}

function run(step: Step, progress: Progress): Promise<Ended> {
  const [program, ...args] = step.command;
  const child = spawn(process.execPath, [program.endsWith('.ts') ? program : entry(program), ...args], {
    cwd: root,
    // Colour is decided here once: what the step prints is shown on our terminal, if at all.
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-outputCharsMax);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    keep(text);
    if (step.aloud) progress.note(text.trimEnd());
  });

  return new Promise((resolve) => {
    let timedOut = false;
    const tooLong = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, step.minutesMax * 60_000);
    const stop = () => child.kill('SIGTERM');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);

    const done = (code: number) => {
      clearTimeout(tooLong);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
      resolve({ code, output, timedOut });
    };
    child.once('error', (error) => {
      keep(error.message);
      done(127);
    });
    child.once('close', (code) => done(code ?? 1));
    child.once('exit', (code) => setTimeout(() => done(code ?? 1), lastWordsMs).unref());
  });
}

/** The JavaScript file behind the first command of a package, so that no shell and no shim stands between. */
function entry(name: string): string {
  const folder = join(root, 'node_modules', name);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  return join(folder, typeof bin === 'string' ? bin : (Object.values(bin)[0] ?? ''));
}
