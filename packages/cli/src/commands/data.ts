/** What becomes of stored data: how long it is kept, deleting, backups, prices. */
import type { Command } from 'commander';
import type { BackupCommand } from '../backup.ts';
import type { DeleteCommand, KeepCommand } from '../data.ts';
import type { RepriceCommand, SetPriceCommand } from '../prices.ts';
import { type ServerOptions, withServer } from './with-server.ts';

type Listing = ServerOptions & { json?: boolean };

export function dataCommand(program: Command): void {
  const data = program.command('data').description('how long spans are kept, and deleting them for good');

  asked(data.command('delete'))
    .description('delete all spans for which everything given holds, and print the proof; there is no way back')
    .option('--tenant <tenant>', 'of this tenant')
    .option('--trace <id>', 'of this trace')
    .option('--user <user>', 'of this user')
    .action(async (options: DeleteCommand) => (await import('../data.ts')).deleteData(options));

  asked(data.command('retention'))
    .description('print how long spans are kept')
    .action(async (options: Listing) => (await import('../data.ts')).listRetention(options));

  asked(data.command('keep'))
    .description('set how long spans are kept; without a limit, for ever')
    .argument('<tenant>', '"*" is every tenant without a rule of its own')
    .option('--days <count>', 'whole days before today, in UTC')
    .option('--bytes <count>', 'of text, before it is compressed; the newest day stays')
    .action(async (tenant: string, options: KeepCommand) => (await import('../data.ts')).keepData(tenant, options));
}

export function pricesCommand(program: Command): void {
  const prices = program.command('prices').description("prices of one's own, on a running server");

  asked(prices.command('list'))
    .description('print the prices that were set')
    .action(async (options: Listing) => (await import('../prices.ts')).listPrices(options));

  asked(prices.command('unpriced'))
    .description('print the models that nobody knows a price of')
    .action(async (options: Listing) => (await import('../prices.ts')).listUnpriced(options));

  asked(prices.command('set'))
    .description('set a price for calls that come from now on')
    .argument('<id>', 'letters, digits, - and _')
    .argument('<model>', 'its name, or the begin of names: "my-llama*"')
    .requiredOption('--rate <kind=usd...>', 'dollars per million tokens: input=2.5 output=10 cache_read=1.25')
    .option('--provider <name>', 'default: any')
    .option('--tenant <tenant>', 'default: every tenant')
    .option('--from <day>', 'calls from this day on, 2026-11-21; default: all')
    .option('--note <text>', 'why')
    .action(async (id: string, model: string, options: SetPriceCommand) =>
      (await import('../prices.ts')).setPrice(id, model, options),
    );

  asked(prices.command('delete'))
    .description('delete a price; stored calls keep it')
    .argument('<id>', 'as "prices list" shows it')
    .action(async (id: string, options: Listing) => (await import('../prices.ts')).deletePrice(id, options));

  asked(prices.command('reprice'))
    .description('price stored calls anew: prints what would change, and changes it with --apply')
    .option('--from <time>', 'calls that start then or later')
    .option('--to <time>', 'calls that start before')
    .option('--tenant <tenant>', 'only of this tenant')
    .option('--model <model>', 'only of this model')
    .option('--apply', 'change them')
    .action(async (options: RepriceCommand) => (await import('../prices.ts')).reprice(options));
}

export function backupCommand(program: Command): void {
  withServer(program.command('backup'))
    .description('write everything into one file: of a running server, or with --data-dir of one that is stopped')
    .requiredOption('--out <path>', 'a file that does not exist, or a folder')
    .option('--data-dir <dir>', 'the data folder of a stopped server')
    .option('--json', 'for another program')
    .action(async (options: BackupCommand) => (await import('../backup.ts')).backup(options));
}

export function restoreCommand(program: Command): void {
  program
    .command('restore')
    .description('make a data folder of a backup, after checking every byte and every sum')
    .argument('<file>', 'as "tallyspan backup" wrote it')
    .requiredOption('--data-dir <dir>', 'must not exist, or be empty')
    .option('--json', 'for another program')
    .action(async (file: string, options: { dataDir: string; json?: boolean }) =>
      (await import('../backup.ts')).restore(file, options),
    );
}

function asked(command: Command): Command {
  return withServer(command).option('--json', 'print the answer of the API instead');
}
