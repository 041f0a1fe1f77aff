import { TallyError } from '@tallyspan/facts';
import type { Command } from 'commander';

/** What can follow `tallyspan`: each command with its options, and its own commands. */
interface Node {
  name: string;
  description: string;
  options: { flag: string; description: string }[];
  children: Node[];
}

function nodeOf(command: Command): Node {
  const options = command.createHelp().visibleOptions(command);
  return {
    name: command.name(),
    description: command.description().split(/[;.]/)[0]!,
    options: options.flatMap(({ long, description }) => (long ? [{ flag: long, description }] : [])),
    children: command.commands.map(nodeOf),
  };
}

const shells: Readonly<Record<string, (program: Node) => string>> = { bash, zsh, fish };

/** The script that teaches a shell our commands. Throws BAD_OPTION for a shell that we do not know. */
export function completion(program: Command, shell: string): string {
  const write = Object.hasOwn(shells, shell) ? shells[shell]! : undefined;
  if (write) return write(nodeOf(program));
  throw new TallyError('BAD_OPTION', {
    option: 'The shell',
    value: JSON.stringify(shell),
    why: `Scripts are there for ${Object.keys(shells).join(', ')}.`,
    fix: 'Name one of them.',
  });
}

/** Every way down the tree, `['keys', 'create']`, with what it has. */
function* paths(node: Node, path: readonly string[] = []): Generator<[readonly string[], Node]> {
  yield [path, node];
  for (const child of node.children) yield* paths(child, [...path, child.name]);
}

function wordsOf({ options, children }: Node): string {
  return [...children.map(({ name }) => name), ...options.map(({ flag }) => flag)].join(' ');
}

function bash(program: Node): string {
  const cases = [...paths(program)].map(([path, node]) => `    '${path.join(' ')}') words='${wordsOf(node)}' ;;`);
  return `_tallyspan() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
    *) ;;
  esac
  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o default -F _tallyspan tallyspan
`;
}

function zsh(program: Node): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''").replaceAll(':', '\\:');
  const cases = [...paths(program)].map(([path, { children, options }]) => {
    const described = [
      ...children.map(({ name, description }) => `'${name}:${quoted(description)}'`),
      ...options.map(({ flag, description }) => `'${flag}:${quoted(description)}'`),
    ];
    return `    '${path.join(' ')}') choices=(${described.join(' ')}) ;;`;
  });
  return `#compdef tallyspan
_tallyspan() {
  local -a choices
  local path_='' word
  for word in "\${words[@]:1:CURRENT-2}"; do
    case "$word" in -*) ;; *) path_="\${path_:+$path_ }$word" ;; esac
  done
  case "$path_" in
${cases.join('\n')}
  esac
  if (( \${#choices} )); then _describe 'tallyspan' choices; else _files; fi
}
compdef _tallyspan tallyspan
`;
}

function fish(program: Node): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = [...paths(program)].flatMap(([path, { children, options }]) => {
    const when =
      path.length === 0
        ? '__fish_use_subcommand'
        : path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    return [
      ...children.map(
        ({ name, description }) => `complete -c tallyspan -n ${quoted(when)} -f -a ${name} -d ${quoted(description)}`,
      ),
      ...options.map(
        ({ flag, description }) =>
          `complete -c tallyspan -n ${quoted(when)} -l ${flag.slice(2)} -d ${quoted(description)}`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}
