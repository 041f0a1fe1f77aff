import { type Answered, canonicalProvider, type Facts } from '@tallyspan/facts';
import { usageOf as messageUsage } from '../../adapters/anthropic/usage.ts';
import { provider as providerByHost } from '../../adapters/openai/hosts.ts';
import { chatUsage } from '../../adapters/openai/usage.ts';
import type { AnsweredContent, AskedContent, Part } from '../../content.ts';
import { add, count, fields, list, number, text } from '../../read.ts';

/** What a model was asked: LlamaIndex tells the messages only, but the model itself is the caller of its events. */
export function askedFacts(llm: unknown): Facts {
  const { model, temperature, topP, maxTokens, baseURL } = fields(llm);
  const vendor = canonicalProvider(
    nameOf(llm)
      .replace(/(?:AI)?LLM$/, '')
      .toLowerCase(),
  );
  const url = text(baseURL);
  const facts: Facts = { operation: 'chat' };
  add<Facts>(facts, {
    provider: vendor === 'openai' && url !== undefined ? providerByHost({ baseURL: url }) : vendor,
    ...known({
      requestModel: text(model),
      temperature: number(temperature),
      topP: number(topP),
      maxTokens: count(maxTokens),
    }),
  });
  return facts;
}

/** LlamaIndex names its models' classes by their providers: `OpenAI`, `MistralAI`, `DeepSeekLLM`. */
function nameOf(llm: unknown): string {
  const { constructor } = fields(llm);
  return typeof constructor === 'function' ? constructor.name : '';
}

/** `raw` is the provider's own answer; of a stream it is the list of its chunks, each with the provider's inside. */
export function answeredFacts(raw: unknown): Answered {
  const chunks = list(raw).map((chunk) => fields(fields(chunk).raw));
  const answer = Array.isArray(raw) ? (chunks[0] ?? {}) : fields(raw);
  const usage = Array.isArray(raw)
    ? chunks.findLast((chunk) => fields(chunk.usage) === chunk.usage)?.usage
    : answer.usage;
  const choices = list((chunks.findLast((chunk) => list(chunk.choices).length > 0) ?? answer).choices);
  const reasons = choices.map((choice) => text(fields(choice).finish_reason) ?? 'stop');
  const stopReason = text(answer.stop_reason);
  return {
    ...known({
      responseId: text(answer.id),
      responseModel: text(answer.model),
      systemFingerprint: text(answer.system_fingerprint),
      finishReasons: reasons.length > 0 ? reasons : stopReason === undefined ? undefined : [stopReason],
    }),
    ...(fields(usage).input_tokens === undefined ? chatUsage(usage) : messageUsage(usage)),
  };
}

function known<Target extends object>(facts: Target): { [Key in keyof Target]?: NonNullable<Target[Key]> } {
  const kept = {};
  add<object>(kept, facts);
  return kept;
}

export function askedContent(messages: unknown): AskedContent {
  return { input: list(messages).map(message) };
}

export function answeredContent(answer: unknown): AnsweredContent {
  return { output: [message(answer)] };
}

function message(value: unknown): { role: string; parts: Part[] } {
  const { role, content } = fields(value);
  const parts = typeof content === 'string' ? [{ type: 'text', content }] : list(content).map(part);
  return { role: text(role) ?? 'user', parts };
}

function part(value: unknown): Part {
  const { type, text: written } = fields(value);
  return type === 'text' ? { type, content: String(written) } : { type: text(type) ?? 'unknown' };
}
