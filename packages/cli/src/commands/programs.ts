/** Commands that run something else, or move data. */
import type { Command } from 'commander';
import type { DoctorCommand } from '../doctor/doctor.ts';
import type { ImportCommand } from '../import.ts';
import type { McpCommand } from '../mcp.ts';
import { withServer } from './with-server.ts';

export function runCommand(program: Command): void {
  program
    .command('run')
    .description('run a program with every model call recorded: what follows goes to node as it stands')
    .argument('<program>', 'a file, with flags of node before it if you like')
    .argument('[args...]', 'what the program gets')
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (file: string, args: string[]) => {
      const { run } = await import('../run.ts');
      await run([file, ...args]);
    });
}

export function importCommand(program: Command): void {
  withServer(program.command('import'))
    .description(
      'send spans that an OpenTelemetry Collector stored in ClickHouse to a running server; again changes nothing',
    )
    .argument('<clickhouse>', 'clickhouse://user:password@host:8123/database')
    .option('--table <name>', "the table of the Collector's exporter", 'otel_traces')
    .option('--from <time>', 'spans that start then or later, 2026-11-21 or 2026-11-21T12:00:00Z')
    .option('--to <time>', 'spans that start before')
    .option('--json', 'for another program')
    .action(async (clickhouse: string, options: ImportCommand) => {
      const { importFrom } = await import('../import.ts');
      await importFrom(clickhouse, options);
    });
}

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'is my program instrumented, and does what it sends arrive? Each finding with its fix; code 1 when not',
    )
    .option('--dir <folder>', 'where the program is', '.')
    .option('--json', 'for another program')
    .action(async (options: DoctorCommand) => {
      const { doctor } = await import('../doctor/doctor.ts');
      if (!(await doctor(options))) process.exitCode = 1;
    });
}

export function mcpCommand(program: Command): void {
  withServer(program.command('mcp'))
    .description(
      'a server of the Model Context Protocol on standard input and output, for coding agents: traces and costs, to read only',
    )
    .action(async (options: McpCommand) => {
      const { mcp } = await import('../mcp.ts');
      await mcp(options);
    });
}

export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands: eval "$(tallyspan completion bash)"')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => {
      const { completion } = await import('../completion.ts');
      process.stdout.write(completion(program, shell));
    });
}
