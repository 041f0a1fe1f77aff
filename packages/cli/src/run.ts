import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { isatty } from 'node:tty';

/** Node runs `args` as it would, with every library we know instrumented. Does not come back while the program runs. */
export async function run(args: readonly string[]): Promise<void> {
  const command = [process.execPath, '--import', import.meta.resolve('@tallyspan/sdk/register'), ...args];
  if (replaceProcess(command)) return;
  const child = spawn(command[0]!, command.slice(1), { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => {
    // A terminal sends its interrupts to the program itself: a second one would often mean "now, at once".
    if (!(TERMINAL.has(signal) && isatty(0))) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((ended, failed) => {
    child.once('error', failed);
    child.once('exit', (...how) => ended(how));
  });
  for (const each of FORWARDED) process.off(each, forward);
  if (signal === null) process.exitCode = code ?? 1;
  else endBy(signal);
}

const FORWARDED: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
const TERMINAL = new Set<NodeJS.Signals>(['SIGINT', 'SIGQUIT']);

/**
 * Where Node can become another program, it does: same process, same signals, nothing in between. Node 22.15, 23.11 and newer,
 * not on Windows.
 */
function replaceProcess([file, ...args]: readonly string[]): boolean {
  const { execve } = process as { execve?: (file: string, args: readonly string[], env?: NodeJS.ProcessEnv) => void };
  if (typeof execve !== 'function' || process.platform === 'win32') return false;
  try {
    execve.call(process, file!, [file!, ...args], process.env);
    return true;
  } catch {
    return false;
  }
}

/** Whoever waits for us sees what the program ended by. */
function endBy(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
  // Where the signal did not end us, the shell's convention says it.
  process.exitCode = 128 + constants.signals[signal];
}
