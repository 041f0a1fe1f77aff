import { fields, list, number } from '../../read.ts';
import type { Direction, Scanner } from '../scanner.ts';
import { askServer, baseUrlOf, type ServerOptions } from './ask-server.ts';

export interface OpenAIModerationOptions extends ServerOptions {
  apiKey: string;
  /** Default `https://api.openai.com/v1`. */
  baseUrl?: string;
  /** Default `omni-moderation-latest`. */
  model?: string;
  /** A category is refused from this score on. Default: what the service itself flags. */
  threshold?: number;
  /** Default: both. */
  directions?: readonly Direction[];
}

/** OpenAI's moderation endpoint. Each flagged category appears under its own name, like `Moderation/violence`. */
export function openaiModeration({
  apiKey,
  baseUrl = 'https://api.openai.com/v1',
  model = 'omni-moderation-latest',
  threshold,
  directions = ['input', 'output'],
  ...server
}: OpenAIModerationOptions): Scanner {
  const url = `${baseUrlOf(baseUrl)}/moderations`;
  const ask = askServer({ ...server, headers: { authorization: `Bearer ${apiKey}`, ...server.headers } });
  return {
    name: 'Moderation',
    directions,
    remote: true,
    async scan(text, { signal }) {
      const [result] = list(fields(await ask(url, { model, input: text }, signal)).results);
      const { flagged, categories, category_scores: scores } = fields(result);
      if (typeof flagged !== 'boolean') throw new Error('this is no answer of the moderation endpoint');
      const parts: Record<string, { score: number; threshold: number; isValid: boolean }> = {};
      let worst = 0;
      for (const [category, value] of Object.entries(fields(scores))) {
        const score = number(value);
        if (score === undefined) continue;
        worst = Math.max(worst, score);
        const isValid = threshold === undefined ? fields(categories)[category] !== true : score < threshold;
        // Only what was flagged, or the map has a dozen entries for a clean text.
        if (!isValid) parts[`Moderation/${category}`] = { score, threshold: threshold ?? 0.5, isValid };
      }
      const isValid = Object.keys(parts).length === 0 && (threshold !== undefined || !flagged);
      const own = { score: isValid ? Math.min(worst, 0.499) : Math.max(worst, 0.5), threshold: 0.5, isValid };
      return { ...own, spans: [], parts: { ...parts, Moderation: own } };
    },
  };
}
