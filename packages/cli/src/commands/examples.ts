/** What is shown under the help of each command, by its words. A command that writes its own examples is not here. */
import type { Command } from 'commander';

type Example = readonly [line: string, about: string];

const examples: Readonly<Record<string, readonly Example[]>> = {
  start: [
    ['start', 'on http://127.0.0.1:4318, data in .tallyspan'],
    ['start --host 0.0.0.0', 'for other machines too; prints an admin key the first time'],
    ['start --clickhouse clickhouse://db:8123/tallyspan', 'spans are stored there'],
  ],
  run: [
    ['run app.js', 'your program, unchanged'],
    ['run --env-file=.env app.js --verbose', 'flags of node before the file, those of the program behind it'],
  ],
  costs: [
    ['costs --by tenant,agent,model --since 7d', 'a week, by tenant, agent and model'],
    ["costs --query 'status:error model:gpt-4o*'", 'only what a filter finds'],
    ["costs --json | jq '.total.costUsd'", 'the sum alone'],
  ],
  trace: [
    ['trace', 'the newest'],
    ['trace 0af7651916cd43dd8448eb211c80319c --json', 'one, with everything that is known of it'],
  ],
  tail: [
    ["tail --query 'status:error'", 'what fails, as it comes'],
    ["tail --json | jq -r '.traceId'", 'for another program'],
  ],
  top: [
    ['top --by agent', 'who spends, now'],
    ['top --times 1 --json', 'once, for another program'],
  ],
  price: [
    ['price gpt-4o --input 1200 --cached 200 --output 300', 'line by line'],
    ['price claude-sonnet-4-20250514 --at 2025-06-01', 'by the prices of then'],
  ],
  doctor: [
    ['doctor', 'the program in this folder'],
    ["doctor --dir ../app --json | jq '.findings'", 'another one, for a script'],
  ],
  import: [['import clickhouse://db:8123/otel --from 2026-11-01', 'what a Collector stored since then']],
  export: [
    ['export --out spans.parquet --since 30d', 'a month, for a notebook'],
    ["export --query 'agent:analyst' --format jsonl | jq '.cost_usd'", 'to another program'],
    ['export --what costs --by tenant,model --out costs.csv', 'the cost pivot as a table'],
  ],
  mcp: [
    ['mcp', 'for a coding agent that starts it: {"command": "tallyspan", "args": ["mcp"]}'],
    ['mcp --url https://tally.example.com', 'a server elsewhere, with the key in TALLYSPAN_API_KEY'],
  ],
  'keys list': [['keys list', '']],
  'keys create': [
    ['keys create --name me --scope admin', 'the first one of a server'],
    ['keys create --name app --tenant acme --expires 90d', 'for sending spans of one tenant'],
  ],
  'keys revoke': [['keys revoke k_2f9c41d7', '']],
  'keys rotate': [['keys rotate k_2f9c41d7 --grace 24h', 'both are good for a day']],
  'keys generate': [['TALLYSPAN_ADMIN_KEY=$(tallyspan keys generate) tallyspan start', 'a key of your own choice']],
  'budgets list': [['budgets list', '']],
  'budgets set': [
    ['budgets set acme --tenant acme --usd 100 --window month', 'told at 50, 80 and 100 percent'],
    ['budgets set crew --agent crew --usd 5 --window day --block', 'calls beyond it are refused'],
  ],
  'budgets delete': [['budgets delete crew', '']],
  'prices list': [['prices list', '']],
  'prices unpriced': [['prices unpriced', 'what to set a price for']],
  'prices set': [["prices set house 'my-llama*' --rate input=0.5 output=1.5 --note 'our machines'", '']],
  'prices delete': [['prices delete house', '']],
  'prices reprice': [
    ["prices reprice --model 'my-llama'", 'what would change'],
    ["prices reprice --model 'my-llama' --apply", 'changes it'],
  ],
  'data delete': [['data delete --tenant acme --user bob', 'all that is known of somebody, with the proof']],
  'data retention': [['data retention', '']],
  'data keep': [
    ['data keep acme --days 30', ''],
    ["data keep '*' --days 90 --bytes 50000000000", 'every tenant without a rule of its own'],
  ],
  backup: [
    ['backup --out /backups', 'of a running server, into a folder'],
    ['backup --data-dir .tallyspan --out day.tar', 'of one that is stopped'],
  ],
  restore: [['restore day.tar --data-dir /srv/tally', '']],
  dashboards: [['dashboards --out observability', 'for Grafana and Prometheus']],
  completion: [
    ['eval "$(tallyspan completion bash)"', 'in ~/.bashrc'],
    ['tallyspan completion zsh > ~/.zfunc/_tallyspan', 'in a folder of $fpath'],
    ['tallyspan completion fish > ~/.config/fish/completions/tallyspan.fish', ''],
  ],
};

/** Puts them under the help of each command. */
export function addExamples(program: Command): void {
  for (const [words, list] of Object.entries(examples)) {
    let command: Command | undefined = program;
    for (const word of words.split(' ')) command = command?.commands.find((each) => each.name() === word);
    const lines = list.map(
      ([line, about]) => [line.includes('tallyspan ') ? line : `tallyspan ${line}`, about] as const,
    );
    const wide = Math.max(...lines.map(([line]) => line.length));
    command?.addHelpText(
      'after',
      `\nExamples:\n${lines.map(([line, about]) => `  $ ${line.padEnd(about === '' ? 0 : wide)}${about === '' ? '' : `    ${about}`}`).join('\n')}`,
    );
  }
}
