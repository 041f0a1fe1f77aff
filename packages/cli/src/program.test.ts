import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { makeProgram } from './program.ts';

/** Commands that do something, by their words. */
const leaves = (command: Command, above: readonly string[] = []): [string, Command][] =>
  command.commands.flatMap((each) =>
    each.commands.length > 0 ? leaves(each, [...above, each.name()]) : [[[...above, each.name()].join(' '), each]],
  );
const all = leaves(makeProgram());

it('every command can be asked for JSON, but those that answer no figures', () => {
  const without = all.filter(([, command]) => !command.options.some(({ long }) => long === '--json'));
  expect(without.map(([words]) => words)).toEqual(['start', 'run', 'mcp', 'dashboards', 'completion']);
});

it('the help of every command has examples, and each of them is a command line that is understood', () => {
  for (const [words, command] of all) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect(help, words).toContain('\nExamples:\n');
    for (const [, line] of help.matchAll(/^ {2}\$ tallyspan ((?:[^\s'|>]+|'[^']*'|[ ](?! {3}))+)/gm)) {
      const asked = [...line!.matchAll(/'[^']*'|[^\s]+/g)].map(([word]) => word.replaceAll("'", ''));
      const options = asked.filter((word) => /^--[a-z]/.test(word));
      const known = [...command.options.map(({ long }) => long), '--env-file=.env', '--verbose'];
      if (line!.startsWith(words)) for (const option of options) expect(known, `${words}: ${line}`).toContain(option);
    }
  }
});
