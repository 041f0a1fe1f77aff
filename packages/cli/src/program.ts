import { Command } from 'commander';
import { budgetsCommand } from './commands/budgets.ts';
import { dashboardsCommand } from './commands/dashboards.ts';
import { addExamples } from './commands/examples.ts';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { backupCommand, dataCommand, pricesCommand, restoreCommand } from './commands/data.ts';
import { completionCommand, doctorCommand, importCommand, mcpCommand, runCommand } from './commands/programs.ts';
import { costsCommand, exportCommand, priceCommand, tailCommand, topCommand, traceCommand } from './commands/read.ts';
import { startCommand } from './commands/start.ts';

/** Each adds itself; what it does is loaded when it is asked for. */
const commands = [
  startCommand,
  runCommand,
  costsCommand,
  traceCommand,
  tailCommand,
  topCommand,
  priceCommand,
  doctorCommand,
  importCommand,
  exportCommand,
  mcpCommand,
  keysCommand,
  budgetsCommand,
  pricesCommand,
  dataCommand,
  backupCommand,
  restoreCommand,
  migrateCommand,
  dashboardsCommand,
  completionCommand,
];

/** The whole command line; nothing runs until it is parsed. */
export function makeProgram(): Command {
  const program = new Command('tallyspan')
    .description('Every token, dollar and decision of your AI agents, attributed to the agent that caused it.')
    .enablePositionalOptions()
    .showHelpAfterError('Run with --help to see what there is.')
    .addHelpText(
      'after',
      `
Examples:
  $ tallyspan start                              take traces on http://127.0.0.1:4318 and show them there
  $ tallyspan start --port 4400 --data-dir /srv/tally
  $ tallyspan start --clickhouse clickhouse://user:password@db:8123/tallyspan
  $ tallyspan costs                              what was spent, by agent, role and model
  $ tallyspan costs --by agent,run,role,model    the same, run by run
  $ tallyspan costs --since 24h --json           for another program
  $ tallyspan trace                              the newest trace as a tree
  $ tallyspan tail --query status:error          what fails, as it comes
  $ tallyspan top --by agent                     who spends, now
  $ tallyspan price gpt-4o --input 1200          what a call would cost
  $ tallyspan doctor                             why do I see nothing?
  $ tallyspan run app.js                         your program, unchanged, with its model calls recorded`,
    );
  for (const add of commands) add(program);
  addExamples(program);
  return program;
}
