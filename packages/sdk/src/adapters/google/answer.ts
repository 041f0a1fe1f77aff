import type { Answered, Asked } from '@tallyspan/facts';
import type { AnsweredContent } from '../../content.ts';
import { count, fields, list, number, text } from '../../read.ts';
import { message } from './content.ts';
import { geminiUsage } from './usage.ts';

/** A GenerateContentResponse, as far as it is read; a folded stream has the same shape. The wire format of both of Google's SDKs. */
export interface GeminiResult {
  responseId?: unknown;
  modelVersion?: unknown;
  usageMetadata?: unknown;
  promptFeedback?: unknown;
  sdkHttpResponse?: unknown;
  candidates?: Candidate[];
}
interface Candidate {
  index: number;
  finishReason?: unknown;
  content: { role?: unknown; parts: unknown[] };
}

/** `config` of `@google/genai`, `generationConfig` of `@google/generative-ai`: the same names. */
export function generationFacts(config: unknown): Asked {
  const asked = fields(config);
  const candidates = count(asked.candidateCount);
  const stop = list(asked.stopSequences).filter((item) => typeof item === 'string');
  return {
    maxTokens: count(asked.maxOutputTokens),
    temperature: number(asked.temperature),
    topP: number(asked.topP),
    topK: number(asked.topK),
    frequencyPenalty: number(asked.frequencyPenalty),
    presencePenalty: number(asked.presencePenalty),
    seed: number(asked.seed),
    // The conventions want the count only when it is not one.
    choiceCount: candidates === 1 ? undefined : candidates,
    stopSequences: stop.length === 0 ? undefined : stop,
    outputType: outputType(asked),
    reasoningLevel: text(fields(asked.thinkingConfig).thinkingLevel)?.toLowerCase(),
    requestServiceTier: specified(asked.serviceTier),
  };
}

function outputType({ responseMimeType, responseModalities }: Readonly<Record<string, unknown>>): string | undefined {
  const modalities = list(responseModalities).map((each) => String(each).toUpperCase());
  if (modalities.includes('IMAGE')) return 'image';
  if (modalities.includes('AUDIO')) return 'speech';
  return responseMimeType === 'application/json' ? 'json' : responseMimeType === 'text/plain' ? 'text' : undefined;
}

export function geminiFacts(result: GeminiResult): Answered {
  const candidates = list(result.candidates).map(fields);
  const blocked = text(fields(result.promptFeedback).blockReason);
  const images = candidates.flatMap(({ content }) => list(fields(content).parts)).filter(isImage).length;
  return {
    responseId: text(result.responseId),
    responseModel: text(result.modelVersion),
    // A prompt that was refused has no candidates, and says why in another place.
    finishReasons:
      candidates.length > 0
        ? candidates.map(({ finishReason }) => text(finishReason) ?? 'error')
        : blocked === undefined
          ? undefined
          : [blocked],
    responseServiceTier: servedBy(result),
    outputImageCount: images === 0 ? undefined : images,
    ...geminiUsage(result.usageMetadata),
  };
}

/** The Gemini API names the tier in a header or beside the usage, Vertex AI as the type of the traffic: `ON_DEMAND`, `PROVISIONED_THROUGHPUT`. */
function servedBy({ sdkHttpResponse, usageMetadata }: GeminiResult): string | undefined {
  const { serviceTier, trafficType } = fields(usageMetadata);
  const tier = text(fields(fields(sdkHttpResponse).headers)['x-gemini-service-tier']) ?? text(serviceTier);
  return specified(tier) ?? specified(trafficType);
}

/** The enumerations say by a value of their own that nothing was said. */
function specified(value: unknown): string | undefined {
  const name = text(value)?.toLowerCase();
  return name?.endsWith('unspecified') ? undefined : name;
}

export function geminiContent({ candidates }: GeminiResult): AnsweredContent {
  return {
    output: list(candidates).map((each) => {
      const { content, finishReason } = fields(each);
      return { ...message({ role: 'model', ...fields(content) }), finish_reason: text(finishReason) ?? 'error' };
    }),
  };
}

function isImage(value: unknown): boolean {
  return text(fields(fields(value).inlineData).mimeType)?.startsWith('image/') === true;
}

/** Chunk by chunk, the answer that a call without streaming would have given. */
export function foldGemini(soFar: GeminiResult | undefined, chunk: unknown, keepContent: boolean): GeminiResult {
  const result = soFar ?? {};
  const { responseId, modelVersion, usageMetadata, promptFeedback, sdkHttpResponse, candidates } = fields(chunk);
  if (responseId) result.responseId = responseId;
  if (modelVersion) result.modelVersion = modelVersion;
  if (usageMetadata) result.usageMetadata = usageMetadata;
  if (promptFeedback) result.promptFeedback = promptFeedback;
  result.sdkHttpResponse ??= sdkHttpResponse;
  for (const candidate of list(candidates)) foldCandidate((result.candidates ??= []), fields(candidate), keepContent);
  return result;
}

function foldCandidate(known: Candidate[], piece: Readonly<Record<string, unknown>>, keepContent: boolean): void {
  const at = count(piece.index) ?? 0;
  let candidate = known.find(({ index }) => index === at);
  if (!candidate) {
    candidate = { index: at, content: { parts: [] } };
    known.push(candidate);
    known.sort((left, right) => left.index - right.index);
  }
  if (piece.finishReason) candidate.finishReason = piece.finishReason;
  for (const part of list(fields(piece.content).parts)) {
    // Images are counted without their bytes.
    if (!keepContent && isImage(part)) candidate.content.parts.push({ inlineData: { mimeType: mimeOf(part) } });
    if (keepContent) foldPart(candidate.content.parts, part);
  }
}

const mimeOf = (part: unknown): unknown => fields(fields(part).inlineData).mimeType;

/** Pieces of one text become one part again. */
function foldPart(known: unknown[], part: unknown): void {
  const more = fields(part);
  const last = fields(known.at(-1));
  if (typeof more.text === 'string' && typeof last.text === 'string' && last.thought === more.thought)
    known[known.length - 1] = { ...last, text: last.text + more.text };
  else known.push(part);
}
