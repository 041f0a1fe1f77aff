import { type AnyCall, call } from '../../adapter.ts';
import type { AnsweredContent, AskedContent, Message } from '../../content.ts';
import { count, fields, list, text } from '../../read.ts';
import { inputOf, metadataFacts } from '../bedrock/aws.ts';

type Args = readonly [command: unknown, ...rest: unknown[]];
type Result = Readonly<Record<string, unknown>>;

const said = (role: string, content: unknown): Message[] =>
  text(content) === undefined ? [] : [{ role, parts: [{ type: 'text', content: String(content) }] }];

/** Retrieve: passages of a knowledge base, no model. Source: Amazon Bedrock API reference, "Retrieve". */
export function retrieve(): AnyCall {
  return call<Args, Result>({
    operation: 'retrieval',
    callback: true,
    asked(args) {
      const { knowledgeBaseId, retrievalConfiguration } = inputOf(args);
      const { numberOfResults } = fields(fields(retrievalConfiguration).vectorSearchConfiguration);
      return { dataSourceId: text(knowledgeBaseId), topN: count(numberOfResults) };
    },
    answered: (result) => ({ documentCount: list(result.retrievalResults).length, ...metadataFacts(result) }),
    refused: metadataFacts,
    content: {
      asked: (args): AskedContent => ({ input: said('user', fields(inputOf(args).retrievalQuery).text) }),
      answered: (): AnsweredContent => ({}),
    },
  });
}

/**
 * RetrieveAndGenerate and its stream: a model answers from a knowledge base. It is billed by tokens which nobody reports, so its cost
 * is not known, and is not nothing. Source: Amazon Bedrock API reference, "RetrieveAndGenerate".
 */
export function retrieveAndGenerate(stream: boolean): AnyCall {
  let outer: unknown;
  return call<Args, Result, unknown>({
    operation: 'chat',
    callback: true,
    asked(args) {
      const { sessionId, retrieveAndGenerateConfiguration } = inputOf(args);
      const { knowledgeBaseConfiguration, externalSourcesConfiguration } = fields(retrieveAndGenerateConfiguration);
      const { knowledgeBaseId, modelArn } = fields(knowledgeBaseConfiguration ?? externalSourcesConfiguration);
      return {
        requestModel: text(modelArn),
        dataSourceId: text(knowledgeBaseId),
        conversationId: text(sessionId),
        stream: stream || undefined,
      };
    },
    answered: (result, { asked }) => ({
      conversationId: text(fields(outer ?? result).sessionId),
      finishReasons: asked.endedBy === undefined ? [reasonOf(result)] : undefined,
      ...metadataFacts(outer ?? result),
    }),
    refused: metadataFacts,
    stream(result) {
      if (!stream) return undefined;
      const { stream: events, $metadata, sessionId } = fields(result);
      outer = { $metadata, sessionId };
      return events;
    },
    fold(soFar, event, keepContent) {
      const { output, guardrail } = fields(event);
      const { text: more } = fields(output);
      const result = guardrail === undefined ? { ...soFar } : { ...soFar, guardrailAction: fields(guardrail).action };
      if (!keepContent || typeof more !== 'string') return result;
      return { ...result, output: { text: `${text(fields(soFar?.output).text) ?? ''}${more}` } };
    },
    content: {
      asked: (args): AskedContent => ({ input: said('user', fields(inputOf(args).input).text) }),
      answered: (result): AnsweredContent => ({
        output: said('assistant', fields(result.output).text).map((message) => ({
          ...message,
          finish_reason: reasonOf(result),
        })),
      }),
    },
  });
}

/** No reason is told, only whether a guardrail stepped in. */
function reasonOf({ guardrailAction }: Result): string {
  return guardrailAction === 'INTERVENED' ? 'content_filter' : 'stop';
}

/** Rerank. Source: Amazon Bedrock API reference, "Rerank". */
export function rerank(): AnyCall {
  return call<Args, Result>({
    operation: 'rerank',
    callback: true,
    asked(args) {
      const { queries, sources, rerankingConfiguration } = inputOf(args);
      const { numberOfResults, modelConfiguration } = fields(
        fields(rerankingConfiguration).bedrockRerankingConfiguration,
      );
      return {
        requestModel: text(fields(modelConfiguration).modelArn),
        documentCount: list(sources).length,
        topN: count(numberOfResults),
        // One query with up to a hundred passages is the unit that is billed.
        searchUnits: list(queries).length * Math.ceil(list(sources).length / 100),
      };
    },
    answered: metadataFacts,
    refused: metadataFacts,
  });
}
