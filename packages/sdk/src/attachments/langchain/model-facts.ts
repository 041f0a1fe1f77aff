import { type Answered, canonicalProvider, type Facts } from '@tallyspan/facts';
import { provider as providerByHost } from '../../adapters/openai/hosts.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { messageUsage } from './usage.ts';

/**
 * What a model was asked: `invocation_params` are the request in the provider's own words, `ls_*` metadata are LangChain's names for
 * the same (`@langchain/core`, `LangSmithParams`). `llm` is the model serialised, without its secrets.
 */
export function askedFacts(
  operation: 'chat' | 'text_completion',
  llm: unknown,
  extra: unknown,
  metadata: unknown,
): Facts {
  const given = fields(fields(extra).invocation_params);
  const named = fields(metadata);
  const vendor = text(named.ls_provider);
  const { configuration } = fields(fields(llm).kwargs);
  const baseURL = text(fields(configuration).baseURL);
  const address = baseURL !== undefined && URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  const isOpenaiDialect = vendor === 'openai' && baseURL !== undefined;
  const facts: Facts = { operation };
  const all: { [Key in keyof Facts]?: Facts[Key] | undefined } = {
    provider: isOpenaiDialect ? providerByHost({ baseURL }) : vendor && canonicalProvider(vendor),
    requestModel: text(given.model) ?? text(given.model_name) ?? text(named.ls_model_name),
    serverAddress: address?.hostname.replaceAll(/^\[|\]$/g, ''),
    serverPort: address && (Number(address.port) || (address.protocol === 'http:' ? 80 : 443)),
    temperature: number(given.temperature) ?? number(named.ls_temperature),
    topP: number(given.top_p),
    topK: count(given.top_k),
    maxTokens: count(given.max_completion_tokens) ?? count(given.max_tokens) ?? count(named.ls_max_tokens),
    frequencyPenalty: number(given.frequency_penalty),
    presencePenalty: number(given.presence_penalty),
    seed: number(given.seed),
    choiceCount: count(given.n),
    stopSequences: list(given.stop).length > 0 ? list(given.stop).map(String) : undefined,
    stream: given.stream === true ? true : undefined,
    outputType: String(fields(given.response_format).type).startsWith('json') ? 'json' : undefined,
    requestServiceTier: text(given.service_tier),
  };
  for (const [key, value] of Object.entries(all)) if (value !== undefined) Object.assign(facts, { [key]: value });
  return facts;
}

/** What came back: one prompt's generations. */
export function answeredFacts(output: unknown): Answered {
  const { generations, llmOutput } = fields(output);
  const choices = list(list(generations)[0]);
  const { message } = fields(choices[0]);
  const { id, response_metadata } = fields(message);
  const said = fields(response_metadata);
  const answered: Answered = messageUsage(message, llmOutput);
  const all: { [Key in keyof Answered]?: Answered[Key] | undefined } = {
    // LangChain makes an id up where the provider gave none.
    responseId: text(said.id) ?? (/^(?:run-|lc_)/.test(String(id)) ? undefined : text(id)),
    responseModel: text(said.model_name) ?? text(said.model),
    responseServiceTier: text(said.service_tier),
    systemFingerprint: text(said.system_fingerprint),
    finishReasons: choices.length > 0 ? choices.map(reasonOf) : undefined,
  };
  for (const [key, value] of Object.entries(all)) if (value !== undefined) Object.assign(answered, { [key]: value });
  return answered;
}

function reasonOf(choice: unknown): string {
  const { generationInfo, message } = fields(choice);
  const info = fields(generationInfo);
  const said = fields(fields(message).response_metadata);
  return (
    text(info.finish_reason) ??
    text(said.finish_reason) ??
    text(said.stop_reason) ??
    text(said.finishReason) ??
    text(said.status) ??
    'error'
  );
}
