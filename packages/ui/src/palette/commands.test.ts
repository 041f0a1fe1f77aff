import { expect, it } from 'vitest';
import { chooseCommands, type Command } from './commands.ts';

const command = (kind: Command['kind'], text: string, also?: string): Command => ({
  ...{ key: `${kind} ${text}`, kind, text, icon: 'list', run: () => undefined },
  ...(also !== undefined && { also }),
});
const id = '0af7651916cd43dd8448eb211c80319c';
const all = [command('Page', 'Costs'), command('Agent', 'accosting'), command('Trace', 'chat gpt-4o', id)];
const texts = (typed: string) => chooseCommands(all, typed, () => undefined).map(({ text }) => text);

it('what begins with the typed text comes before what only has it, and all words must be there', () => {
  expect(texts('cost')).toEqual(['Costs', 'accosting']);
  expect(texts('gpt chat')).toEqual(['chat gpt-4o']);
  expect(texts('gpt costs')).toEqual([]);
});

it('a trace id opens its trace, alone or in a traceparent, whether it was seen here or not', () => {
  expect(texts('0af76519')).toEqual(['chat gpt-4o']);
  const other = 'f'.repeat(32);
  const opened: string[] = [];
  const [first] = chooseCommands(all, ` 00-${other.toUpperCase()}-b7ad6b7169203331-01`, (traceId) =>
    opened.push(traceId),
  );
  first!.run();
  expect(opened).toEqual([other]);
  expect(texts('f'.repeat(33))).toEqual([]);
});
