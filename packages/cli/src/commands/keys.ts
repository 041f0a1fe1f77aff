import type { Command } from 'commander';
import type { CreateOptions, RotateOptions } from '../keys.ts';
import { type ServerOptions, withServer } from './with-server.ts';

type Listing = ServerOptions & { json?: boolean };

export function keysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .description('who may send spans, read, and administer: keys of a running server, asked with an admin key');

  asked(keys.command('list'))
    .description('print all keys, with what they are for; never a key itself')
    .action(async (options: Listing) => (await import('../keys.ts')).listKeys(options));

  asked(keys.command('create'))
    .description('make a key and print it, this once; the first key of a server must be an admin key')
    .requiredOption('--name <name>', 'whose it is or where it is used')
    .option('--scope <scope>', 'ingest sends spans, read reads, admin does everything', 'ingest')
    .option('--tenant <tenant>', 'its spans are of this tenant whatever they say, and it sees no other; default: all')
    .option('--agent <agent>', 'with scope ingest: for the task traces of this agent alone')
    .option('--expires <time>', 'when it ends: 90d, or a time like 2027-01-31')
    .action(async (options: CreateOptions) => (await import('../keys.ts')).createKey(options));

  asked(keys.command('revoke'))
    .description('refuse a key from now on, on all servers within a second')
    .argument('<id>', 'as "keys list" shows it')
    .action(async (id: string, options: Listing) => (await import('../keys.ts')).revokeKey(id, options));

  asked(keys.command('rotate'))
    .description('make another key for the same and print it; the old one is revoked')
    .argument('<id>', 'as "keys list" shows it')
    .option('--grace <time>', 'how long the old one is good beside the new one: 30m, 24h, at most 7d')
    .action(async (id: string, options: RotateOptions) => (await import('../keys.ts')).rotateKey(id, options));

  keys
    .command('generate')
    .description('print a new admin key without asking a server: for TALLYSPAN_ADMIN_KEY of "tallyspan start"')
    .option('--json', 'for another program')
    .action(async ({ json }: { json?: boolean }) => {
      const secret = (await import('@tallyspan/server')).newKey('admin');
      console.log(json ? JSON.stringify({ secret }) : secret);
    });
}

function asked(command: Command): Command {
  return withServer(command).option('--json', 'print the answer of the API instead');
}
