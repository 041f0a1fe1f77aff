/**
 * Models by the name that is asked for: the dated name that answers, and how many tokens it reasons by default. A name that is not here
 * answers under itself and does not reason, so any model can be asked. A name beginning with `no-such-` is unknown to the provider.
 */
interface Model {
  answersAs: string;
  reasoningTokens?: number;
}

const models: Readonly<Record<string, Model>> = {
  'gpt-4o': { answersAs: 'gpt-4o-2024-08-06' },
  'gpt-4o-mini': { answersAs: 'gpt-4o-mini-2024-07-18' },
  'gpt-4.1': { answersAs: 'gpt-4.1-2025-04-14' },
  'gpt-4.1-mini': { answersAs: 'gpt-4.1-mini-2025-04-14' },
  'gpt-4.1-nano': { answersAs: 'gpt-4.1-nano-2025-04-14' },
  'gpt-5': { answersAs: 'gpt-5-2025-08-07', reasoningTokens: 192 },
  'gpt-5-mini': { answersAs: 'gpt-5-mini-2025-08-07', reasoningTokens: 128 },
  'gpt-5-nano': { answersAs: 'gpt-5-nano-2025-08-07', reasoningTokens: 64 },
  'o3-mini': { answersAs: 'o3-mini-2025-01-31', reasoningTokens: 128 },
  'o4-mini': { answersAs: 'o4-mini-2025-04-16', reasoningTokens: 128 },
  'claude-sonnet-4-0': { answersAs: 'claude-sonnet-4-20250514' },
  'claude-opus-4-0': { answersAs: 'claude-opus-4-20250514' },
  'claude-haiku-4-5': { answersAs: 'claude-haiku-4-5-20251001' },
  'omni-moderation-latest': { answersAs: 'omni-moderation-latest' },
};

export function modelOf(asked: string): Model {
  return Object.hasOwn(models, asked) ? models[asked]! : { answersAs: asked };
}

export function isUnknownModel(asked: string): boolean {
  return asked.startsWith('no-such-');
}
