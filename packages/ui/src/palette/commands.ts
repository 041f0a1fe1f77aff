import type { IconName } from '../widgets/icon.tsx';

/** Something that can be gone to or done. */
export interface Command {
  key: string;
  kind: 'Page' | 'Action' | 'Agent' | 'Trace';
  text: string;
  /** Found by this too. */
  also?: string;
  icon: IconName;
  keys?: readonly string[];
  run(): void;
}

/** Of each kind, when nothing was typed. */
const SHOWN_AT_FIRST = { Page: 20, Action: 20, Agent: 4, Trace: 6 } as const;
const SHOWN_MAX = 40;

/** Those that have all the words that were typed, the ones that begin so first. A whole trace id can always be opened. */
export function chooseCommands(all: readonly Command[], typed: string, open: (traceId: string) => void): Command[] {
  const asked = typed.trim().toLowerCase();
  if (asked === '') {
    const left: Record<Command['kind'], number> = { ...SHOWN_AT_FIRST };
    return all.filter(({ kind }) => left[kind]-- > 0);
  }
  const words = asked.split(/\s+/);
  const found = all
    .map((command) => ({ command, in: `${command.text} ${command.kind} ${command.also ?? ''}`.toLowerCase() }))
    .filter(({ in: text }) => words.every((word) => text.includes(word)))
    .map(({ command, in: text }) => ({
      command,
      rank: text.startsWith(asked) ? 0 : text.includes(` ${asked}`) ? 1 : 2,
    }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ command }) => command)
    .slice(0, SHOWN_MAX);
  // As it is pasted: alone, in an address, or in a traceparent.
  const traceId = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/.exec(asked)?.[0];
  if (traceId === undefined || found.some(({ key }) => key === `trace ${traceId}`)) return found;
  const command: Command = {
    ...{ key: `trace ${traceId}`, kind: 'Trace', icon: 'arrow', text: `Open trace ${traceId}` },
    run: () => open(traceId),
  };
  return [command, ...found];
}
