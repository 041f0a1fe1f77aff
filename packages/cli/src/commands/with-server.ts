import type { Command } from 'commander';

/** Where the running server is, and by which key it is asked. */
export interface ServerOptions {
  url: string;
}

/** The options that every command has that asks a running server. A key comes from the environment only: a command line is seen by all. */
export function withServer(command: Command): Command {
  return command
    .option('--url <url>', 'the running server (TALLYSPAN_URL)', serverUrl())
    .addHelpText('after', '\nA server with keys is asked with the one in TALLYSPAN_API_KEY.');
}

function serverUrl(): string {
  return process.env['TALLYSPAN_URL'] || `http://127.0.0.1:${process.env['TALLYSPAN_PORT'] || '4318'}`;
}
