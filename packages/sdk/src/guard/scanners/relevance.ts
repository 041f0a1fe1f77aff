import { type Direction, type Scanner, type ScanResult, verdictOf } from '../scanner.ts';

export interface RelevanceOptions {
  /** How well an answer fits its prompt, 0..1: cosine of your embeddings, a cross-encoder, a model of yours. */
  relevance: (prompt: string, output: string, signal: AbortSignal) => number | Promise<number>;
  /** Answers less relevant than this are refused. Default 0.5. */
  relevanceMin?: number;
}

/** Answers that do not answer. What relevance is, you say; the score is how irrelevant an answer is. */
export function relevance({ relevance: measure, relevanceMin = 0.5 }: RelevanceOptions): Scanner {
  const resultOf = (relevant: number): ScanResult => {
    if (!Number.isFinite(relevant)) throw new TypeError('relevance() answered no number');
    const score = 1 - Math.min(1, Math.max(0, relevant));
    return { ...verdictOf(score, 1 - relevanceMin), isValid: relevant >= relevanceMin };
  };
  return {
    name: 'Relevance',
    directions: ['output'],
    joins: true,
    scan(text, { prompt, signal }) {
      const relevant = measure(prompt, text, signal);
      return typeof relevant === 'number' ? resultOf(relevant) : relevant.then(resultOf);
    },
  };
}

export interface JudgeOptions {
  /** The scanner's name, e.g. `'OffTopic'`. */
  name: string;
  /** What is looked for, in words a model understands. `{prompt}` and `{response}` are replaced by the texts. */
  instructions: string;
  /** What the model answers where something was found, and where nothing was. Default `'yes'` and `'no'`. */
  violates?: string;
  safe?: string;
  /** Texts with the answer wanted for each. */
  examples?: readonly { text: string; violates: boolean }[];
  /** Asks a model of yours. Use a client that is not watched, or the question will be scanned as well. */
  ask: (question: string, signal: AbortSignal) => Promise<string>;
  /** Default 0.5. */
  threshold?: number;
  /** Default: input. */
  directions?: readonly Direction[];
}

/** Lets a model decide what no list can. An answer that is neither of the two words is a failure, so the policy decides. */
export function judge({
  name,
  instructions,
  violates = 'yes',
  safe = 'no',
  examples = [],
  ask,
  threshold = 0.5,
  directions = ['input'],
}: JudgeOptions): Scanner {
  return {
    name,
    directions,
    joins: true,
    remote: true,
    async scan(text, { direction, prompt, signal }) {
      const texts: Record<string, string> = {
        prompt: direction === 'input' ? text : prompt,
        response: direction === 'output' ? text : '',
      };
      const question = [
        instructions.replace(/\{(prompt|response)\}/g, (_, key: string) => texts[key]!),
        ...examples.map((example) => `Example: ${example.text}\nAnswer: ${example.violates ? violates : safe}`),
        `Answer with one word: ${violates} or ${safe}.`,
      ].join('\n\n');
      const answer = (await ask(question, signal)).trim().toLowerCase();
      if (answer.startsWith(violates.toLowerCase())) return verdictOf(1, threshold);
      if (answer.startsWith(safe.toLowerCase())) return verdictOf(0, threshold);
      throw new Error('the model answered neither of the two words');
    },
  };
}
