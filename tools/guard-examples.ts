import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One labelled text of the guard's development data. */
export interface Example {
  text: string;
  attack: boolean;
  family: string;
  /** `family`: the whole family is never trained on. `line`: one of every four lines of a family that is trained on. */
  heldOut: 'family' | 'line' | undefined;
}

/** One of so many lines of a family is kept back. */
const HELD_OUT_EVERY = 4;

/** All examples of tools/guard-data, in the order of the files. */
export function readExamples(): Example[] {
  return [...readFile('attacks.txt', true), ...readFile('benign.txt', false)];
}

function readFile(name: string, attack: boolean): Example[] {
  const examples: Example[] = [];
  let family = '';
  let kept = false;
  let line = 0;
  for (const text of readFileSync(join(import.meta.dirname, 'guard-data', name), 'utf8').split('\n')) {
    const heading = /^# family: (\S+)( heldout)?$/.exec(text);
    if (heading) {
      family = heading[1]!;
      kept = heading[2] !== undefined;
      line = 0;
    }
    if (text === '' || text.startsWith('# ')) continue;
    line += 1;
    const heldOut = kept ? 'family' : line % HELD_OUT_EVERY === 0 ? 'line' : undefined;
    examples.push({ text: text.replaceAll('\\n', '\n'), attack, family, heldOut });
  }
  return examples;
}
