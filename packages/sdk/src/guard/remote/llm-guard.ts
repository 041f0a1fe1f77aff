import { fields, number } from '../../read.ts';
import type { Direction, Scanner, ScanResult } from '../scanner.ts';
import { askServer, baseUrlOf, type ServerOptions } from './ask-server.ts';

export interface LlmGuardOptions extends ServerOptions {
  /** Where the LLM Guard API listens: `http://127.0.0.1:8000`. */
  url: string;
  /** `AUTH_TOKEN` of the server (http_bearer), or user and password (http_basic). Default: none. */
  auth?: { token: string } | { username: string; password: string };
  /** `analyze` (default) runs the server's scanners in order and rewrites the text; `scan` runs them at once and does not. */
  endpoint?: 'analyze' | 'scan';
  /** Scanners of the server that are left out, by class name: `['Toxicity']`. */
  suppress?: readonly string[];
  /** Default: both. */
  directions?: readonly Direction[];
}

/** Scanners of LLM Guard whose finds are gone from the sanitized text. */
const REWRITING = new Set([
  'Anonymize',
  'Secrets',
  'InvisibleText',
  'Regex',
  'BanSubstrings',
  'BanCompetitors',
  'Sensitive',
  'TokenLimit',
]);

/**
 * The HTTP API of protectai's LLM Guard (llm_guard_api 0.0.10): `/analyze/prompt`, `/analyze/output`, `/scan/prompt`, `/scan/output`.
 * Each of the server's scanners appears under its own name. Their scores run from -1 to 1 with the threshold at 0; ours from 0 to 1
 * with the threshold at 0.5.
 */
export function llmGuard({
  url,
  auth,
  endpoint = 'analyze',
  suppress = [],
  directions = ['input', 'output'],
  ...server
}: LlmGuardOptions): Scanner {
  const base = baseUrlOf(url);
  const ask = askServer({ ...server, headers: { ...authorization(auth), ...server.headers } });
  return {
    name: 'LLMGuard',
    directions,
    remote: true,
    redacts: endpoint === 'analyze',
    async scan(text, { direction, prompt, signal }) {
      const shared = { scanners_suppress: suppress };
      const answer =
        direction === 'input'
          ? await ask(`${base}/${endpoint}/prompt`, { prompt: text, ...shared }, signal)
          : await ask(`${base}/${endpoint}/output`, { prompt, output: text, ...shared }, signal);
      return resultOf(text, fields(answer), direction);
    },
  };
}

function authorization(auth: LlmGuardOptions['auth']): Record<string, string> {
  if (!auth) return {};
  if ('token' in auth) return { authorization: `Bearer ${auth.token}` };
  return { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` };
}

function resultOf(text: string, answer: ReturnType<typeof fields>, direction: Direction): ScanResult {
  if (typeof answer.is_valid !== 'boolean') throw new Error('this is no answer of LLM Guard');
  const sanitized = direction === 'input' ? answer.sanitized_prompt : answer.sanitized_output;
  const rewritten = typeof sanitized === 'string' && sanitized !== text ? sanitized : undefined;
  const parts: Record<string, { score: number; threshold: number; isValid: boolean; redacted?: boolean }> = {};
  let score = 0;
  for (const [name, value] of Object.entries(fields(answer.scanners))) {
    const raw = number(value);
    if (raw === undefined) continue;
    const own = (Math.min(1, Math.max(-1, raw)) + 1) / 2;
    score = Math.max(score, own);
    // At 0 the server's own verdict counts: it is the edge, and some scanners say 0 for "nothing to judge".
    const isValid = answer.is_valid || raw <= 0;
    parts[name] = { score: own, threshold: 0.5, isValid, redacted: rewritten !== undefined && REWRITING.has(name) };
  }
  // It says no, but none of its scanners does: then it is all of it.
  if (!answer.is_valid && Object.values(parts).every((part) => part.isValid)) {
    parts.LLMGuard = { score: 1, threshold: 0.5, isValid: false };
  }
  return {
    score,
    threshold: 0.5,
    isValid: answer.is_valid,
    spans: [],
    parts,
    ...(rewritten === undefined ? {} : { sanitized: rewritten }),
  };
}
