import * as agents from '@aws-sdk/client-bedrock-agent-runtime';
import {
  type BedrockAgentRuntime,
  CreateSessionCommand,
  InvokeAgentCommand,
  InvokeInlineAgentCommand,
  RerankCommand,
  RetrieveAndGenerateCommand,
  RetrieveAndGenerateStreamCommand,
  RetrieveCommand,
} from '@aws-sdk/client-bedrock-agent-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { CANARY, collect, conform, looksOf, type Operation } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
type Client = BedrockAgentRuntime;

const asked = {
  agentId: 'AGENT12345',
  agentAliasId: 'ALIAS12345',
  sessionId: 'session-1',
  inputText: `Say ${CANARY}`,
  enableTrace: true,
};
const invoke = (more: object = {}) => new InvokeAgentCommand({ ...asked, ...more });
const generate = {
  input: { text: `Say ${CANARY}` },
  retrieveAndGenerateConfiguration: {
    type: 'KNOWLEDGE_BASE' as const,
    knowledgeBaseConfiguration: {
      knowledgeBaseId: 'KB12345678',
      modelArn: 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0',
    },
  },
};
const says = {
  'span.name': 'invoke_agent AGENT12345',
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.provider.name': 'aws.bedrock',
  'gen_ai.agent.id': 'AGENT12345',
  'tally.agent.alias_id': 'ALIAS12345',
  'gen_ai.conversation.id': 'session-1',
  'server.address': '127.0.0.1',
  failed: false,
};
const summed = { 'gen_ai.usage.input_tokens': 1160, 'gen_ai.usage.output_tokens': 226, 'tally.cost.usd': undefined };

const operations: Operation<Client>[] = [
  {
    name: 'TK-46 TK-50 TK-52 InvokeAgent: the sum over all phases, and one call for each step',
    reply: answers.worked,
    spans: 5,
    run: async (client) => collect((await client.send(invoke())).completion!),
    says: { ...says, ...summed, 'tally.request.id': '8b3a2f0e-5d0b-4c5e-9f43-2c1d7a9e6b11' },
  },
  {
    name: 'TK-52 InvokeAgent without traces',
    reply: answers.workedQuietly,
    run: async (client) => collect((await client.send(invoke({ enableTrace: false }))).completion!),
    says: { ...says, 'gen_ai.usage.input_tokens': undefined },
  },
  {
    name: 'InvokeAgent with a callback',
    reply: answers.worked,
    spans: 5,
    run: async (client) => {
      const answer = await new Promise<agents.InvokeAgentCommandOutput | undefined>((resolve, reject) => {
        client.send(invoke(), (error: unknown, result?: agents.InvokeAgentCommandOutput) =>
          error ? reject(error as Error) : resolve(result),
        );
      });
      return collect(answer!.completion!);
    },
    says: { ...says, ...summed },
  },
  {
    name: 'the aggregated client',
    reply: answers.worked,
    spans: 5,
    run: async (client) => collect((await client.invokeAgent(asked)).completion!),
    says: { ...says, ...summed },
  },
  {
    name: 'TK-52 steps of two agents with one id',
    reply: answers.repeated,
    spans: 3,
    run: async (client) => collect((await client.send(invoke())).completion!),
    says: { ...says, 'gen_ai.usage.input_tokens': 4, 'gen_ai.usage.output_tokens': 6 },
  },
  {
    name: 'TK-52 steps that do not name their model',
    reply: answers.withoutModel,
    spans: 2,
    run: async (client) => collect((await client.send(invoke())).completion!),
    says: { ...says, 'gen_ai.usage.input_tokens': 7 },
  },
  {
    name: 'InvokeAgent, left after the first phase',
    reply: { ...answers.worked, hangAfterChunks: 5 },
    spans: 3,
    run: async (client) => {
      let count = 0;
      for await (const event of (await client.send(invoke())).completion!) if (event && ++count === 4) break;
      return count;
    },
    says: { ...says, 'gen_ai.usage.input_tokens': 110, 'tally.ended_by': 'break' },
  },
  {
    name: 'InvokeAgent, cut by the server',
    reply: { ...answers.worked, dropAfterChunks: 4 },
    spans: 3,
    run: async (client) => collect((await client.send(invoke())).completion!),
    says: { ...says, failed: true, 'gen_ai.usage.input_tokens': 110, 'tally.ended_by': 'cut' },
  },
  {
    name: 'InvokeAgent, an exception inside',
    reply: answers.failed,
    spans: 2,
    run: async (client) => collect((await client.send(invoke())).completion!),
    says: { ...says, failed: true, 'error.type': 'ThrottlingException', 'gen_ai.usage.input_tokens': 100 },
  },
  {
    name: 'InvokeAgent, error thrown by the reader',
    reply: answers.workedQuietly,
    run: async (client) => {
      for await (const event of (await client.send(invoke())).completion!) throw new Error(`reader: ${typeof event}`);
    },
  },
  {
    name: 'InvokeAgent, manual iteration with return',
    reply: answers.workedQuietly,
    run: async (client) => {
      const iterator = (await client.send(invoke())).completion![Symbol.asyncIterator]();
      return [(await iterator.next()).done, await iterator.return?.(undefined)];
    },
  },
  {
    name: 'InvokeInlineAgent',
    reply: answers.worked,
    spans: 5,
    run: async (client) => {
      const { agentId: _, agentAliasId: __, ...inline } = asked;
      const command = new InvokeInlineAgentCommand({
        ...inline,
        agentName: 'mine',
        foundationModel: 'amazon.nova-pro-v1:0',
        instruction: CANARY,
      });
      return collect((await client.send(command)).completion!);
    },
    says: { ...summed, 'gen_ai.agent.id': 'mine', 'gen_ai.request.model': 'amazon.nova-pro-v1:0' },
  },
  {
    name: 'Retrieve',
    reply: answers.retrieved,
    run: (client) =>
      client.send(
        new RetrieveCommand({
          knowledgeBaseId: 'KB12345678',
          retrievalQuery: { text: CANARY },
          retrievalConfiguration: { vectorSearchConfiguration: { numberOfResults: 5 } },
        }),
      ),
    says: {
      'span.name': 'retrieval KB12345678',
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.provider.name': 'aws.bedrock',
      'gen_ai.data_source.id': 'KB12345678',
      'tally.rerank.top_n': 5,
      'tally.rerank.documents': 2,
    },
  },
  {
    name: 'the aggregated client: retrieve',
    reply: answers.retrieved,
    run: (client) => client.retrieve({ knowledgeBaseId: 'KB12345678', retrievalQuery: { text: CANARY } }),
    says: { 'gen_ai.operation.name': 'retrieval' },
  },
  {
    name: 'RetrieveAndGenerate is billed by tokens that nobody reports',
    reply: answers.generated,
    run: (client) => client.send(new RetrieveAndGenerateCommand(generate)),
    says: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0',
      'gen_ai.data_source.id': 'KB12345678',
      'gen_ai.conversation.id': 'session-2',
      'gen_ai.usage.input_tokens': undefined,
      'tally.cost.usd': undefined,
    },
  },
  {
    name: 'RetrieveAndGenerateStream',
    reply: answers.generatedStream,
    run: async (client) => collect((await client.send(new RetrieveAndGenerateStreamCommand(generate))).stream!),
    says: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['stop'],
      failed: false,
    },
  },
  {
    name: 'Rerank',
    reply: answers.reranked,
    run: (client) =>
      client.send(
        new RerankCommand({
          queries: [{ type: 'TEXT', textQuery: { text: CANARY } }],
          sources: [
            { type: 'INLINE', inlineDocumentSource: { type: 'TEXT', textDocument: { text: CANARY } } },
            { type: 'INLINE', inlineDocumentSource: { type: 'TEXT', textDocument: { text: CANARY } } },
          ],
          rerankingConfiguration: {
            type: 'BEDROCK_RERANKING_MODEL',
            bedrockRerankingConfiguration: {
              numberOfResults: 1,
              modelConfiguration: { modelArn: 'arn:aws:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0' },
            },
          },
        }),
      ),
    says: {
      'gen_ai.operation.name': 'rerank',
      'gen_ai.request.model': 'arn:aws:bedrock:us-west-2::foundation-model/cohere.rerank-v3-5:0',
      'tally.rerank.documents': 2,
      'tally.rerank.top_n': 1,
      'tally.usage.search_units': 1,
    },
  },
  ...(
    [
      [400, 'ValidationException'],
      [403, 'AccessDeniedException'],
      [404, 'ResourceNotFoundException'],
      [429, 'ThrottlingException'],
      [424, 'DependencyFailedException'],
    ] as const
  ).flatMap(([status, type]): Operation<Client>[] => [
    {
      name: `InvokeAgent refused: ${type}`,
      reply: answers.refused(status, type),
      run: (client) => client.send(invoke()),
      says: { failed: true, 'error.type': String(status), 'gen_ai.agent.id': 'AGENT12345' },
    },
    {
      name: `Retrieve refused: ${type}`,
      reply: answers.refused(status, type),
      run: (client) => client.send(new RetrieveCommand({ knowledgeBaseId: 'KB1', retrievalQuery: { text: CANARY } })),
      says: { failed: true },
    },
  ]),
  {
    name: 'connection refused',
    run: async (client) => {
      client.config.endpoint = async () => ({ protocol: 'http:', hostname: '127.0.0.1', port: 9, path: '/' });
      return client.send(invoke());
    },
    says: { failed: true },
  },
  {
    name: 'aborted on the way',
    reply: { ...answers.worked, delayMs: 5_000 },
    run: (client) => client.send(invoke(), { abortSignal: AbortSignal.timeout(150) }),
    says: { failed: true },
  },
  {
    name: 'aborted while reading',
    reply: { ...answers.workedQuietly, hangAfterChunks: 1 },
    run: async (client) => {
      const controller = new AbortController();
      const { completion } = await client.send(invoke(), { abortSignal: controller.signal });
      for await (const event of completion!) if (event) controller.abort();
    },
    says: { failed: true },
  },
  {
    name: 'the client itself',
    spans: 0,
    run: async (client) => [looksOf(client), client.send.name, client.send.length],
  },
  {
    name: 'commands that are no inference pass',
    spans: 0,
    reply: answers.session,
    run: (client) => client.send(new CreateSessionCommand({})),
  },
];

conform(h, {
  name: '@aws-sdk/client-bedrock-agent-runtime 3',
  package: '@aws-sdk/client-bedrock-agent-runtime',
  module: agents,
  make: () =>
    new agents.BedrockAgentRuntime({
      region: 'us-east-1',
      endpoint: h.fake.url,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      requestHandler: new NodeHttpHandler(),
      maxAttempts: 1,
    }),
  operations,
});
