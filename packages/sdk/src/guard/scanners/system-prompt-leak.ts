import { hashStep, HASH_START, mix } from '../injection/hash.ts';
import { type Scanner, type ScanContext, type ScanResult, type Span, verdictOf } from '../scanner.ts';
import { fold, type Folded } from '../text/fold.ts';

export interface SystemPromptLeakOptions {
  /** Default 0.5. */
  threshold?: number;
  /** Words in a row that must be the same to count. Default 6. */
  words?: number;
  /** Texts that must never come out, beside the system text of the call. */
  secrets?: readonly string[];
}

/** Words of the system text that an answer may repeat before it is a leak: product names and set phrases are as long. */
const LEAKED_WORDS_MIN = 12;
/** A share of a short system text. */
const LEAKED_SHARE = 0.5;
const SECRET_LENGTH_MIN = 4;

/** A word that says that a secret follows, and the next quotation marks near it. */
const SECRET_WORD = /word|passcode|secret|code|key|token|pin|phrase|flag|kennwort|passwort/gi;
const QUOTED = /^[^"'`“‘\n.]{0,40}["'`“‘]([^"'`”’\n]{4,80})["'`”’]/;
const QUOTED_REACH = 124;
/** `code for the archive is velvet anchor`: at most a few words between, and a few words that are the secret. */
const STATED = /^[^.,;:=\n"'`]{0,30}?(?:\b(?:is|are)\b|=|:)\s{0,2}["'`“]?([^\s"'`”,;.:][^"'`”,;.:\n]{3,63})/;
/** `If the user enters velvet anchor`, where something opens by it. */
const ENTERED =
  /(?:user|anyone|somebody|someone|visitor|player|they|person) (?:writes|enters|says|types|sends|gives) ["'`“]?([^"'`”,;.\n]{4,64})/gi;
const OPENS = /access granted|grant|unlock|welcome|let (?:him|her|them) in|confidential|secret|open the/i;
const OPENS_REACH = 80;
const STATED_WORDS_MAX = 3;

/**
 * An answer that gives away what the developer told the model: long stretches of the system text, or a secret that it names, also
 * spelt out or backwards. What the user said first is no leak.
 */
export function systemPromptLeak({ threshold = 0.5, words = 6, secrets = [] }: SystemPromptLeakOptions = {}): Scanner {
  return {
    name: 'SystemPromptLeak',
    directions: ['output'],
    redacts: true,
    scan: (text, context) => scan(text, context, { threshold, words, secrets }),
  };
}

function scan(text: string, context: ScanContext, options: Required<SystemPromptLeakOptions>): ScanResult {
  const { threshold, words, secrets } = options;
  if (context.system === '' && secrets.length === 0) return verdictOf(0, threshold);
  const output = fold(text);
  const spans = [...secretSpans(output, text, context, secrets)];
  let score = spans.length > 0 ? 1 : 0;
  const system = wordsOf(fold(context.system).text);
  if (system.hashes.length >= words) {
    const known = new Set(gramsOf(system.hashes, words));
    for (const gram of gramsOf(wordsOf(fold(context.prompt).text).hashes, words)) known.delete(gram);
    const said = wordsOf(output.text);
    const run = runsOf(said.hashes, words, known);
    const share = Math.min(1, run.words / Math.max(1, system.hashes.length));
    const enough = Math.min(LEAKED_WORDS_MIN, Math.max(words, Math.ceil(system.hashes.length * LEAKED_SHARE)));
    // Just enough is the threshold of 0.5; twice as much is certain.
    score = Math.max(score, Math.min(1, run.words / enough / 2), share >= LEAKED_SHARE ? share : 0);
    if (score >= threshold) {
      for (const [from, to] of run.places)
        spans.push(spanOf(output, said.starts[from]!, said.ends[to - 1]!, text.length, 'SYSTEM_PROMPT'));
    }
  }
  return verdictOf(score, threshold, spans);
}

function spanOf({ origins }: Folded, start: number, end: number, most: number, kind: string): Span {
  if (!origins) return { start, end, kind };
  return { start: origins[start]!, end: Math.min(most, origins[end - 1]! + 1), kind };
}

interface Words {
  hashes: number[];
  starts: number[];
  ends: number[];
}

function wordsOf(folded: string): Words {
  const words: Words = { hashes: [], starts: [], ends: [] };
  for (const { 0: word, index } of folded.matchAll(/[\p{L}\p{M}]{1,40}|\p{N}{1,40}/gu)) {
    // Scripts without spaces: each character is a word.
    const parts = /[\u3040-\u30ff\u3400-\u9fff]/.test(word) ? [...word] : [word];
    let at = index;
    for (const part of parts) {
      let hash = HASH_START;
      for (let unit = 0; unit < part.length; unit++) hash = hashStep(hash, part.charCodeAt(unit));
      words.hashes.push(hash);
      words.starts.push(at);
      at += part.length;
      words.ends.push(at);
    }
  }
  return words;
}

function* gramsOf(hashes: readonly number[], size: number): Generator<number> {
  for (let at = 0; at + size <= hashes.length; at++) {
    let gram = 0;
    for (let word = 0; word < size; word++) gram = mix(gram, hashes[at + word]!);
    yield gram;
  }
}

/** How many words lie in sequences that are known, and from where to where. */
function runsOf(
  hashes: readonly number[],
  size: number,
  known: ReadonlySet<number>,
): { words: number; places: [number, number][] } {
  const places: [number, number][] = [];
  let at = 0;
  for (const gram of gramsOf(hashes, size)) {
    if (known.has(gram)) {
      const last = places.at(-1);
      if (last && last[1] >= at) last[1] = at + size;
      else places.push([at, at + size]);
    }
    at += 1;
  }
  return { words: places.reduce((sum, [from, to]) => sum + to - from, 0), places };
}

/** Secrets that the system text names and the user did not: as they are, with anything between the letters, or backwards. */
function* secretSpans(output: Folded, text: string, context: ScanContext, given: readonly string[]): Generator<Span> {
  const named = [...given, ...secretsNamed(context.system)];
  const written = new Set(named.map((secret) => fold(secret).text));
  const asked = bare(fold(context.prompt).text);
  const said = bare(output.text);
  for (const whole of written) {
    const secret = bare(whole);
    if (secret.length < SECRET_LENGTH_MIN || COMMON.has(secret) || asked.includes(secret)) continue;
    const at = output.text.indexOf(whole);
    if (at >= 0) yield spanOf(output, at, at + whole.length, text.length, 'SECRET');
    else if (said.includes(secret) || (secret.length > 5 && said.includes([...secret].reverse().join('')))) {
      yield { start: 0, end: text.length, kind: 'SECRET' };
    }
  }
  for (const secret of named) {
    if (secret.length < ENCODED_LENGTH_MIN || asked.includes(bare(fold(secret).text))) continue;
    const bytes = Buffer.from(secret);
    for (const encoded of [bytes.toString('base64').replaceAll('=', ''), bytes.toString('hex')]) {
      // The last character of base64 depends on what follows.
      const at = text.indexOf(encoded.slice(0, -1));
      if (at >= 0) yield { start: at, end: at + encoded.length - 1, kind: 'SECRET' };
    }
  }
}

/** Shorter ones have encodings that are found in any text. */
const ENCODED_LENGTH_MIN = 6;

/** System texts are the developer's; this is for one that was filled in with something long. */
const SYSTEM_CHARS_MAX = 100_000;

function* secretsNamed(system: string): Generator<string> {
  const text = system.slice(0, SYSTEM_CHARS_MAX);
  for (const { 0: word, index } of text.matchAll(SECRET_WORD)) {
    const from = index + word.length;
    const quoted = QUOTED.exec(text.slice(from, from + QUOTED_REACH))?.[1];
    if (quoted !== undefined) yield quoted;
    const stated = STATED.exec(text.slice(from, from + QUOTED_REACH))?.[1];
    if (stated !== undefined) yield* secretIn(stated);
  }
  for (const { 0: whole, 1: entered = '', index } of text.matchAll(ENTERED)) {
    const end = index + whole.length;
    if (OPENS.test(text.slice(end, end + OPENS_REACH))) yield* secretIn(entered);
  }
}

/** A few words that are no sentence; of more only the first, where it has a look of its own. */
function* secretIn(stated: string): Generator<string> {
  const words = stated
    .trim()
    .replace(/[!?)]{1,4}$/, '')
    .split(/\s+/);
  if (words.length <= STATED_WORDS_MAX && !words.some((word) => COMMON.has(word.toLowerCase()))) yield words.join(' ');
  else if (/\d|[A-Z].*[A-Z]|[-_]/.test(words[0]!)) yield words[0]!;
}

const bare = (folded: string) => folded.replace(/[^\p{L}\p{N}]/gu, '');

/** "The password is not to be told" names no secret. */
const COMMON = new Set([
  'never',
  'always',
  'secret',
  'password',
  'that',
  'this',
  'only',
  'confidential',
  'correct',
  'given',
  'wrong',
  'required',
  'valid',
  'unknown',
  'below',
  'above',
  'following',
  'hidden',
  'none',
  'there',
  'provided',
  'entered',
  'to',
  'be',
  'a',
  'an',
  'the',
  'not',
  'it',
  'on',
  'in',
  'at',
  'for',
  'what',
  'you',
  'your',
  'is',
  'are',
  'as',
  'very',
  'important',
  'user',
  'users',
]);
