import { type Answered, canonicalProvider, type Facts, type Usage } from '@tallyspan/facts';
import { chatContent } from '../../adapters/openai/chat-content.ts';
import { provider as providerByHost } from '../../adapters/openai/hosts.ts';
import { finishReasons } from '../../adapters/openai/responses-finish.ts';
import { responsesContent } from '../../adapters/openai/responses-content.ts';
import { chatUsage, responseUsage } from '../../adapters/openai/usage.ts';
import type { AnsweredContent, AskedContent } from '../../content.ts';
import { add, count, fields, list, number, text } from '../../read.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a span of a model call says once it ended (`@openai/agents-core`, `ResponseSpanData` and `GenerationSpanData`). */
export interface ToldCall {
  asked: Partial<Facts>;
  answered: Answered;
  content(): AskedContent & AnsweredContent;
}

export function toldCall(data: Fields): ToldCall {
  return data.type === 'response' ? responseCall(data) : generationCall(data);
}

/** The Responses API. Without its data (`traceIncludeSensitiveData: false`) only the id of the answer is told. */
function responseCall({ response_id, _input, _response }: Fields): ToldCall {
  const response = fields(_response);
  return {
    asked: known<Facts>({
      operation: 'chat',
      provider: 'openai',
      apiType: 'responses',
      requestModel: text(response.model),
      temperature: number(response.temperature),
      topP: number(response.top_p),
      maxTokens: count(response.max_output_tokens),
    }),
    answered: known<Answered>({
      responseId: text(response.id) ?? text(response_id),
      responseModel: text(response.model),
      responseServiceTier: text(response.service_tier),
      finishReasons: text(response.status) === undefined ? undefined : finishReasons(response),
      ...responseUsage(response.usage),
    }),
    content: () => ({
      ...responsesContent.asked([{ input: _input, instructions: response.instructions, tools: response.tools }]),
      ...responsesContent.answered(response),
    }),
  };
}

/** Chat completions and every other model: what was answered is the provider's own object, where it was OpenAI's. */
function generationCall({ model, model_config, usage, input, output }: Fields): ToldCall {
  const config = fields(model_config);
  const baseURL = text(config.base_url);
  // The extension for AI SDK models writes `provider:model`.
  const [vendor, ...rest] = (text(model) ?? '').split(':');
  const isForeign = rest.length > 0 && !(vendor ?? '').startsWith('ft');
  const completion = fields(list(output)[0]);
  const provider = isForeign ? canonicalProvider(vendor!.split('.')[0]!) : providerByHost(baseURL ? { baseURL } : {});
  const choices = list(completion.choices);
  return {
    asked: known<Facts>({
      operation: 'chat',
      provider,
      apiType: isForeign ? undefined : 'chat_completions',
      requestModel: isForeign ? rest.join(':') : text(model),
      temperature: number(config.temperature),
      topP: number(config.top_p),
      frequencyPenalty: number(config.frequency_penalty),
      presencePenalty: number(config.presence_penalty),
      reasoningLevel: text(config.reasoning_effort),
    }),
    answered: known<Answered>({
      // What streams are put together under.
      responseId: completion.id === 'FAKE_ID' ? undefined : text(completion.id),
      responseModel: text(completion.model),
      systemFingerprint: text(completion.system_fingerprint),
      finishReasons: choices.length > 0 ? choices.map((each) => text(fields(each).finish_reason) ?? 'stop') : undefined,
      ...(completion.usage === undefined ? usageTold(usage) : chatUsage(completion.usage, provider)),
    }),
    content: () => ({
      ...chatContent.asked([{ messages: input }]),
      ...(choices.length > 0 ? chatContent.answered({ choices: [...choices] } as never) : {}),
    }),
  };
}

/** Inclusive on both sides, as OpenAI reports them. Turns say the same of the one model call in them. */
export function usageTold(usage: unknown): Usage {
  const told = fields(usage);
  const details = fields(told.details);
  return known<Usage>({
    inputTokens: count(told.input_tokens),
    outputTokens: count(told.output_tokens),
    cacheReadTokens: count(told.cached_input_tokens) ?? count(details.cached_tokens),
    cacheWriteTokens: count(told.cache_write_input_tokens),
    reasoningTokens: count(details.reasoning_tokens),
  });
}

function known<Target extends object>(facts: { [Key in keyof Target]?: Target[Key] | undefined }): Target {
  const kept = {} as Target;
  add<Target>(kept, facts as Target);
  return kept;
}
