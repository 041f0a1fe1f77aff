/** The face of the guard: scanning by hand, the error, and what a policy is made of. */
export { guard } from '../guard-face.ts';
export type { GuardResult } from './guard.ts';
export { GuardrailError, isGuardrailError } from './guardrail-error.ts';
export type { GuardMode, GuardOptions } from './policy.ts';
export type {
  Direction,
  GuardText,
  Origin,
  ScanContext,
  Scanner,
  ScanResult,
  Score,
  Span as ScanSpan,
} from './scanner.ts';
export { verdictOf } from './scanner.ts';
export { Vault } from './vault.ts';
export type { Outcome, Verdict } from './verdict.ts';

export { promptInjection, type PromptInjectionOptions } from './injection/prompt-injection.ts';
export { llmGuard, type LlmGuardOptions } from './remote/llm-guard.ts';
export { openaiModeration, type OpenAIModerationOptions } from './remote/openai-moderation.ts';
export { transformer, type TransformerOptions } from './remote/transformer.ts';
export { webhook, type WebhookAnswer, type WebhookOptions, type WebhookRequest } from './remote/webhook.ts';
export { banSubstrings, type BanSubstringsOptions } from './scanners/ban-substrings.ts';
export { banTopics, type BanTopicsOptions } from './scanners/ban-topics.ts';
export { code, type CodeOptions } from './scanners/code.ts';
export { invisibleText, type InvisibleTextOptions } from './scanners/invisible-text.ts';
export { json, type JsonOptions } from './scanners/json.ts';
export type { JsonSchema } from './scanners/json-schema.ts';
export { language, type LanguageOptions } from './scanners/language.ts';
export { maliciousUrls, type MaliciousUrlsOptions } from './scanners/malicious-urls.ts';
export { personalData, type PersonalDataOptions, type PersonalKind } from './scanners/personal-data.ts';
export { regex, type RegexOptions } from './scanners/regex.ts';
export { judge, type JudgeOptions, relevance, type RelevanceOptions } from './scanners/relevance.ts';
export { secrets, type SecretsOptions } from './scanners/secrets.ts';
export { systemPromptLeak, type SystemPromptLeakOptions } from './scanners/system-prompt-leak.ts';
export { tokenLimit, type TokenLimitOptions } from './scanners/token-limit.ts';
