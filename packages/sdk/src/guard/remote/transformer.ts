import { fields, list, number } from '../../read.ts';
import { type Direction, type Origin, type Scanner, verdictOf } from '../scanner.ts';

/** What `pipeline('text-classification', model)` of `@huggingface/transformers` answers; any function of this shape will do. */
export type TextClassifier = (text: string, options?: { top_k?: number | null }) => Promise<unknown>;

export interface TransformerOptions {
  /** A pipeline, or how to make one when it is first needed. */
  classifier: TextClassifier | { load: () => Promise<TextClassifier> };
  /** Labels of the model that speak for an attack. Default: `INJECTION`, `JAILBREAK`, `LABEL_1`, `unsafe`, `toxic`. */
  labels?: readonly string[];
  /** Default `'PromptInjectionModel'`. */
  name?: string;
  /** Default 0.5. */
  threshold?: number;
  /** Texts are cut into pieces of so many characters, as models read some 512 tokens. Default 1,500. */
  pieceChars?: number;
  /** Pieces that are looked at; a model takes tens of milliseconds for each. Default 8, half of them from the end. */
  piecesMax?: number;
  /** Default: input. */
  directions?: readonly Direction[];
  /** Default: what users and tools wrote. */
  origins?: readonly Origin[];
}

/**
 * A classifier that runs in your process on weights of yours. We bring neither: pass the pipeline.
 *
 * @example
 * transformer({
 *   classifier: {
 *     load: async () => {
 *       const { pipeline } = await import('@huggingface/transformers');
 *       return pipeline('text-classification', './models/injection', { local_files_only: true });
 *     },
 *   },
 * });
 */
export function transformer({
  classifier,
  labels = ['INJECTION', 'JAILBREAK', 'LABEL_1', 'unsafe', 'toxic'],
  name = 'PromptInjectionModel',
  threshold = 0.5,
  pieceChars = 1_500,
  piecesMax = 8,
  directions = ['input'],
  origins = ['user', 'tool'],
}: TransformerOptions): Scanner {
  const wanted = new Set(labels.map((label) => label.toLowerCase()));
  let loading: Promise<TextClassifier> | undefined;
  const load = () => {
    if (typeof classifier === 'function') return Promise.resolve(classifier);
    // What could not be loaded is tried again with the next call.
    return (loading ??= classifier.load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
  };
  return {
    name,
    directions,
    origins,
    joins: true,
    async ready() {
      await load();
    },
    async scan(text, { signal }) {
      const classify = await load();
      let score = 0;
      for (const piece of piecesOf(text, pieceChars, piecesMax)) {
        if (signal.aborted || score >= threshold) break;
        score = Math.max(score, scoreOf(await classify(piece, { top_k: null }), wanted));
      }
      return verdictOf(score, threshold);
    },
  };
}

function piecesOf(text: string, size: number, most: number): string[] {
  const pieces: string[] = [];
  const step = Math.max(1, Math.floor(size * 0.9));
  for (let from = 0; from < text.length; from += step) pieces.push(text.slice(from, from + size));
  if (pieces.length <= most) return pieces;
  return [...pieces.slice(0, Math.ceil(most / 2)), ...pieces.slice(-Math.floor(most / 2))];
}

/** `[{ label, score }]`, or one of them, or a list within a list for a batch of one. */
function scoreOf(answer: unknown, wanted: ReadonlySet<string>): number {
  const all = list(Array.isArray(answer) ? answer.flat() : [answer]);
  const read = all.flatMap((one) => {
    const { label, score } = fields(one);
    const value = number(score);
    return typeof label === 'string' && value !== undefined ? [{ attack: wanted.has(label.toLowerCase()), value }] : [];
  });
  if (read.length === 0) throw new Error('the classifier answered no labels');
  return Math.max(0, ...read.filter(({ attack }) => attack).map(({ value }) => value));
}
