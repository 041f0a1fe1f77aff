import type { Command } from 'commander';
import type { SetOptions } from '../budgets.ts';
import { type ServerOptions, withServer } from './with-server.ts';

export function budgetsCommand(program: Command): void {
  const budgets = program.command('budgets').description('what may be spent, by whom, in which time');

  withServer(budgets.command('list'))
    .description('print all budgets and what stands in them')
    .option('--json', 'print the answer of the API instead')
    .action(async (options: ServerOptions & { json?: boolean }) =>
      (await import('../budgets.ts')).listBudgets(options),
    );

  withServer(budgets.command('set'))
    .description('make a budget under an id of yours, or change it')
    .argument('<id>', 'letters, digits, - and _')
    .requiredOption('--window <window>', 'run, hour, day or month; of the calendar in UTC')
    .option('--usd <amount>', 'dollars, like 12.50')
    .option('--tokens <count>', 'input and output together')
    .option('--calls <count>', 'model calls')
    .option('--tenant <tenant>', 'only calls of this tenant')
    .option('--agent <agent>', 'only calls of this agent')
    .option('--role <role>', 'only calls in this role')
    .option('--provider <provider>', 'only calls of this provider')
    .option('--model <model>', 'only calls of this model')
    .option('--user <user>', 'only calls for this user')
    .option('--name <name>', 'what people call it; default: the id')
    .option('--block', 'refuse calls that would overrun it, of programs that ask; default: only alert')
    .option('--thresholds <percents>', 'when to alert; default: 50,80,100')
    .option('--disabled', 'keep it, but count nothing')
    .option('--json', 'print the answer of the API instead')
    .action(async (id: string, options: SetOptions) => (await import('../budgets.ts')).setBudget(id, options));

  withServer(budgets.command('delete'))
    .description('delete a budget')
    .argument('<id>', 'as "budgets list" shows it')
    .option('--json', 'for another program')
    .action(async (id: string, options: ServerOptions & { json?: boolean }) =>
      (await import('../budgets.ts')).deleteBudget(id, options),
    );
}
