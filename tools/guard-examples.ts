import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Grammar, readGrammar } from './guard-grammar.ts';

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

/** All examples that were written by hand, in the order of the files. */
export function readExamples(): Example[] {
  return [...readFile('attacks.txt', true), ...readFile('benign.txt', false)];
}

function readFile(name: string, attack: boolean): Example[] {
  const examples: Example[] = [];
  let family = '';
  let kept = false;
  let line = 0;
  for (const text of contentOf(name).split('\n')) {
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

function contentOf(name: string): string {
  return readFileSync(join(import.meta.dirname, 'guard-data', name), 'utf8');
}

/** Texts made from the grammars: for training, or those that nothing is ever trained on or chosen by. */
export interface Generated {
  attacks: { family: string; texts: string[] }[];
  harmless: { family: string; texts: string[] }[];
  /** Requests to an assistant, fine from a user and out of place in a document. */
  requests: string[];
  /** Clean documents of several kinds. */
  documents: string[];
  /** The same documents, each with one request or one attack somewhere in it. */
  withRequest: string[];
  withAttack: string[];
}

const SEEDS = { trained: 20_261_121, sealed: 4_318 };

export function readGenerated(which: 'trained' | 'sealed', documentCount: number): Generated {
  const [attackFile, harmlessFile, documentFile] =
    which === 'trained'
      ? ['attack-grammar.txt', 'harmless-grammar.txt', 'document-grammar.txt']
      : ['sealed/attacks.txt', 'sealed/harmless.txt', 'sealed/documents.txt'];
  const attacks = readGrammar(contentOf(attackFile!), SEEDS[which]);
  const harmless = readGrammar(contentOf(harmlessFile!), SEEDS[which] + 1);
  const grammar = readGrammar(contentOf(documentFile!), SEEDS[which] + 2);
  const named = ({ families }: Grammar) => families.map(({ name, texts }) => ({ family: name, texts }));
  const requests = grammar.families.flatMap(({ texts }) => texts);
  const indirect = attacks.families.filter(({ name }) => name.startsWith('indirect')).flatMap(({ texts }) => texts);
  const documents = Array.from({ length: documentCount }, (_, index) => documentOf(grammar, index));
  return {
    attacks: named(attacks),
    harmless: named(harmless),
    requests,
    documents: documents.map((lines) => linesOf(lines, grammar)),
    withRequest: documents.map((lines, index) =>
      linesOf(slip(lines, requests[index % requests.length]!, grammar), grammar),
    ),
    withAttack: documents.map((lines, index) =>
      linesOf(slip(lines, indirect[index % indirect.length]!, grammar), grammar),
    ),
  };
}

const SENTENCES_MIN = 5;
const SENTENCES_MORE = 14;

function documentOf(grammar: Grammar, index: number): string[] {
  const { texts } = grammar.documents[index % grammar.documents.length]!;
  const count = SENTENCES_MIN + Math.floor(grammar.random() * SENTENCES_MORE);
  return Array.from({ length: count }, () => grammar.expand(texts));
}

/** At the beginning, at the end, or between two sentences. */
function slip(lines: readonly string[], text: string, { random }: Grammar): string[] {
  const share = random();
  const at = share < 0.2 ? 0 : share < 0.5 ? lines.length : Math.floor(random() * lines.length);
  return lines.toSpliced(at, 0, text);
}

/** Prose runs on, other things have lines. */
function linesOf(lines: readonly string[], { random }: Grammar): string {
  const between = [' ', '\n', '\n\n'][Math.floor(random() * 3)]!;
  return lines.map((line) => (between === ' ' && !/[.!?:"|]$/.test(line) ? `${line}.` : line)).join(between);
}
