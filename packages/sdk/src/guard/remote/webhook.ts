import { fields, number } from '../../read.ts';
import { type Direction, type Origin, type Scanner, verdictOf } from '../scanner.ts';
import { askServer, baseUrlOf, type ServerOptions } from './ask-server.ts';

/** What is posted. */
export interface WebhookRequest {
  direction: Direction;
  text: string;
  origin: Origin | null;
  /** For output: what was asked. */
  prompt: string | null;
}

/** What is understood. Only `score` or `is_valid` is needed. */
export interface WebhookAnswer {
  score?: number;
  threshold?: number;
  is_valid?: boolean;
  sanitized?: string;
}

export interface WebhookOptions extends ServerOptions {
  url: string;
  /** Default `'Webhook'`. */
  name?: string;
  /** Default 0.5, or what the answer says. */
  threshold?: number;
  /** Default: both. */
  directions?: readonly Direction[];
  /** Makes the request of another service. Default: {@link WebhookRequest}. */
  request?: (request: WebhookRequest) => unknown;
  /** Reads the answer of another service. Default: it is a {@link WebhookAnswer}. */
  answer?: (answer: unknown) => WebhookAnswer;
}

/**
 * Any service that takes a text and answers a score. With `request` and `answer` it speaks to services with formats of their own.
 *
 * @example
 * webhook({
 *   name: 'Lakera',
 *   url: 'https://api.lakera.ai/v2/guard',
 *   headers: { authorization: `Bearer ${key}` },
 *   request: ({ text }) => ({ messages: [{ role: 'user', content: text }] }),
 *   answer: (answer) => ({ is_valid: !(answer as { flagged: boolean }).flagged }),
 * });
 */
export function webhook({
  url,
  name = 'Webhook',
  threshold = 0.5,
  directions = ['input', 'output'],
  request = (given) => given,
  answer = (given) => fields(given) as WebhookAnswer,
  ...server
}: WebhookOptions): Scanner {
  baseUrlOf(url);
  const ask = askServer(server);
  return {
    name,
    directions,
    remote: true,
    redacts: true,
    async scan(text, { direction, origin, prompt, signal }) {
      const body = request({ direction, text, origin: origin ?? null, prompt: direction === 'output' ? prompt : null });
      const said = fields(answer(await ask(url, body, signal)));
      const limit = number(said.threshold) ?? threshold;
      const valid = typeof said.is_valid === 'boolean' ? said.is_valid : undefined;
      const score = number(said.score) ?? (valid === undefined ? undefined : valid ? 0 : 1);
      if (score === undefined) throw new Error('the answer has neither score nor is_valid');
      const result = verdictOf(score, limit);
      return {
        ...result,
        isValid: valid ?? result.isValid,
        ...(typeof said.sanitized === 'string' ? { sanitized: said.sanitized } : {}),
      };
    },
  };
}
