import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** Kept of a quiet program's output; npm and the bundler say what matters last. */
const outputCharsMax = 1_000_000;

/**
 * Programs below us find the tools and our Node first, as in an npm script, also when npm did not start us. What Node makes of a
 * TypeScript file is kept beside the packages: without that, every start would strip and compile all of them again.
 */
export function environment(root, node) {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const folders = [dirname(node), join(root, 'node_modules/.bin'), process.env[key] ?? ''];
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/node');
  return { ...process.env, [key]: folders.join(delimiter), NODE_COMPILE_CACHE: cache };
}

/** Runs a program on our terminal and gives its exit code. */
export function runInTerminal(file, args, options) {
  return ended(spawn(file, args, { ...options, stdio: 'inherit' }));
}

/** Runs a program without showing it; gives its exit code and what it printed. */
export async function runQuietly(file, args, options) {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (text) => {
    output = (output + text).slice(-outputCharsMax);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.once('error', (error) => keep(`${file}: ${error.message}\n`));
  return { code: await ended(child), output };
}

/** How soon the child is told to stop when the npm above us is gone. */
const orphanedAfterMs = 500;

/**
 * The exit code; 128 + the signal's number where a signal ended it, as shells say it.
 * Signals sent to us go on to the child, which decides when to stop. Ctrl-C in a terminal reaches the child without us.
 * A signal sent to npm does not reach us: it ends the shell between npm and us. So an npm script also stops when its parent changes.
 */
function ended(child) {
  const forward = (signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  const parent = process.ppid;
  const watchParent = setInterval(() => {
    if (process.env.npm_lifecycle_event === undefined || process.ppid === parent) return;
    clearInterval(watchParent);
    child.kill('SIGTERM');
  }, orphanedAfterMs).unref();
  return new Promise((resolve) => {
    const done = (code) => {
      clearInterval(watchParent);
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.once('error', () => done(127));
    child.once('close', (code, signal) => done(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
