import * as bedrock from '@aws-sdk/client-bedrock-runtime';
import {
  type BedrockRuntime,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  ListAsyncInvokesCommand,
  ApplyGuardrailCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { CANARY, collect, conform, looksOf, type Operation } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
type Client = BedrockRuntime;

const modelId = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const asked = {
  modelId,
  system: [{ text: `Be ${CANARY}.` }],
  messages: [{ role: 'user' as const, content: [{ text: `Say ${CANARY}.` }] }],
  inferenceConfig: { maxTokens: 512, temperature: 0, topP: 0.9, stopSequences: ['x'] },
};
const toolConfig = {
  tools: [
    {
      toolSpec: {
        name: 'top_song',
        description: `Gets ${CANARY}.`,
        inputSchema: { json: { type: 'object', properties: { sign: { type: 'string' } } } },
      },
    },
  ],
};
const converse = (more: object = {}) => new ConverseCommand({ ...asked, ...more });
const converseStream = (more: object = {}) => new ConverseStreamCommand({ ...asked, ...more });
const invoke = (model: string, body: object | string) =>
  new InvokeModelCommand({ modelId: model, body: typeof body === 'string' ? body : JSON.stringify(body) });
const invokeStream = (model: string, body: object) =>
  new InvokeModelWithResponseStreamCommand({ modelId: model, body: JSON.stringify(body) });

const claudeBody = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 512,
  temperature: 0,
  top_k: 5,
  system: CANARY,
  messages: [{ role: 'user', content: CANARY }],
};
const prompt = { prompt: CANARY, max_gen_len: 512, temperature: 0.5, top_p: 0.9 };
const says = {
  'gen_ai.provider.name': 'aws.bedrock',
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': modelId,
  'gen_ai.usage.input_tokens': 1000,
  'gen_ai.usage.cache_read.input_tokens': 600,
  'gen_ai.usage.cache_creation.input_tokens': 300,
  'gen_ai.usage.output_tokens': 20,
  'gen_ai.response.finish_reasons': ['end_turn'],
};
const converseSays = {
  ...says,
  'span.name': `chat ${modelId}`,
  'gen_ai.request.max_tokens': 512,
  'gen_ai.request.temperature': 0,
  'gen_ai.request.top_p': 0.9,
  'gen_ai.request.stop_sequences': ['x'],
  'tally.usage.cache_write_1h.input_tokens': 100,
  'tally.request.id': '8b3a2f0e-5d0b-4c5e-9f43-2c1d7a9e6b11',
  'server.address': '127.0.0.1',
};

/** The callback form, as a promise. */
const called = <Result>(run: (done: (error: unknown, result?: Result) => void) => unknown) =>
  new Promise<Result | undefined>((resolve, reject) => {
    const returned = run((error, result) => (error ? reject(error as Error) : resolve(result)));
    // The aggregated client's methods are asynchronous functions, with a callback too.
    if (returned !== undefined && !(returned instanceof Promise)) reject(new Error('a callback has no result'));
  });
const textOf = ({ body }: { body?: { transformToString(): string } | undefined }) => body?.transformToString();
const bytesIn = async (body: AsyncIterable<{ chunk?: { bytes?: Uint8Array | undefined } | undefined }>) =>
  (await collect(body)).map((event) => Buffer.from((event as { chunk: { bytes: Uint8Array } }).chunk.bytes).toString());

/** One family: what is asked, what comes back whole and streamed, and what must be known of it. */
function family(
  name: string,
  model: string,
  body: object,
  whole: Operation<Client>['reply'],
  streamed: Operation<Client>['reply'] | undefined,
  tells: Record<string, unknown>,
): Operation<Client>[] {
  const told = { 'gen_ai.provider.name': 'aws.bedrock', 'gen_ai.request.model': model, ...tells };
  return [
    {
      name: `TK-51 InvokeModel, ${name}: the caller still reads the body`,
      reply: whole!,
      run: async (client) => textOf(await client.send(invoke(model, body))),
      says: told,
    },
    ...(streamed
      ? [
          {
            name: `TK-51 InvokeModelWithResponseStream, ${name}: the caller still reads the chunks`,
            reply: streamed,
            run: async (client: Client) => bytesIn((await client.send(invokeStream(model, body))).body!),
            says: { ...told, 'gen_ai.request.stream': true },
          },
        ]
      : []),
  ];
}

const tokens = (input: number | undefined, output: number | undefined, reason?: string) => ({
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
  ...(reason === undefined ? {} : { 'gen_ai.response.finish_reasons': [reason] }),
});

const operations: Operation<Client>[] = [
  { name: 'TK-50 Converse', reply: answers.said, run: (client) => client.send(converse()), says: converseSays },
  {
    name: 'TK-50 ConverseStream',
    reply: answers.streamed,
    run: async (client) => collect((await client.send(converseStream())).stream!),
    says: { ...converseSays, 'gen_ai.request.stream': true, 'tally.stream.chunks': 6 },
  },
  {
    name: 'Converse with a callback',
    reply: answers.said,
    run: (client) => called((done) => client.send(converse(), done)),
    says: converseSays,
  },
  {
    name: 'Converse with options and a callback',
    reply: answers.said,
    run: (client) => called((done) => client.send(converse(), { requestTimeout: 10_000 }, done)),
    says: converseSays,
  },
  {
    name: 'Converse with a callback, refused',
    reply: answers.refused(400, 'ValidationException'),
    run: (client) => called((done) => client.send(converse(), done)),
    says: { 'error.type': '400', failed: true },
  },
  {
    name: 'ConverseStream with a callback',
    reply: answers.streamed,
    run: async (client) => {
      const result = await called<{ stream?: AsyncIterable<unknown> }>((done) => client.send(converseStream(), done));
      return collect(result!.stream!);
    },
    says: { 'gen_ai.usage.input_tokens': 1000 },
  },
  {
    name: 'the aggregated client: converse',
    reply: answers.said,
    run: (client) => client.converse(asked),
    says: converseSays,
  },
  {
    name: 'the aggregated client: converseStream',
    reply: answers.streamed,
    run: async (client) => collect((await client.converseStream(asked)).stream!),
    says: converseSays,
  },
  {
    name: 'the aggregated client with a callback',
    reply: answers.said,
    run: (client) => called((done) => client.converse(asked, done)),
    says: converseSays,
  },
  {
    name: 'TK-47 TK-48 TK-49 Converse with tools, a priority tier and a router',
    reply: answers.wantsTool,
    run: (client) => client.send(converse({ toolConfig, serviceTier: { type: 'priority' } })),
    says: {
      'gen_ai.response.finish_reasons': ['tool_use'],
      'gen_ai.response.model': 'us.anthropic.claude-3-5-sonnet-20240620-v1:0',
      'tally.request.service_tier': 'priority',
      // Optimised for latency has another price.
      'tally.response.service_tier': 'optimized',
      'tally.cost.usd': undefined,
      'gen_ai.tool.definitions': undefined,
    },
  },
  {
    name: 'ConverseStream with a tool',
    reply: answers.streamedTool,
    run: async (client) => collect((await client.send(converseStream({ toolConfig }))).stream!),
    says: { 'gen_ai.response.finish_reasons': ['tool_use'], 'gen_ai.usage.output_tokens': 20 },
  },
  {
    name: 'Converse with pictures, documents and tool results',
    reply: answers.said,
    run: (client) =>
      client.send(
        converse({
          messages: [
            {
              role: 'user',
              content: [
                { image: { format: 'png', source: { bytes: new Uint8Array([1, 2, 3]) } } },
                { document: { format: 'pdf', name: 'a', source: { s3Location: { uri: 's3://bucket/a.pdf' } } } },
                { text: CANARY },
              ],
            },
            {
              role: 'assistant',
              content: [{ toolUse: { toolUseId: 't1', name: 'top_song', input: { sign: CANARY } } }],
            },
            {
              role: 'user',
              content: [{ toolResult: { toolUseId: 't1', content: [{ json: { song: CANARY } }], status: 'success' } }],
            },
          ],
        }),
      ),
  },
  {
    name: 'an inference profile by its ARN, as sent',
    reply: answers.said,
    run: (client) =>
      client.send(converse({ modelId: `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${modelId}` })),
    says: { 'gen_ai.request.model': `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${modelId}` },
  },
  {
    name: 'an application’s profile has no known price',
    reply: answers.said,
    run: (client) =>
      client.send(converse({ modelId: 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3' })),
    says: { 'gen_ai.usage.input_tokens': 1000, 'tally.cost.usd': undefined },
  },
  {
    name: 'the command itself is not touched',
    reply: answers.claudeSaid,
    run: async (client) => {
      const command = invoke(modelId, claudeBody);
      const before = Object.keys(command);
      await client.send(command);
      return [before, Object.keys(command), command.constructor.name, command.input, client.middlewareStack.identify()];
    },
    says,
  },
  {
    name: 'middleware of the caller’s',
    reply: answers.claudeSaid,
    run: async (client) => {
      const seen: unknown[] = [];
      client.middlewareStack.add(
        (next, context) => async (args) => {
          seen.push([context.commandName, context.clientName, Object.keys(args).toSorted(), args.input]);
          return next({ ...args });
        },
        { step: 'initialize', name: 'mine', override: true },
      );
      await client.send(invoke(modelId, claudeBody));
      return seen;
    },
    says,
  },
  {
    name: 'one command sent twice',
    reply: answers.claudeSaid,
    replies: [answers.claudeSaid, answers.claudeSaid],
    spans: 2,
    run: async (client) => {
      const command = invoke(modelId, claudeBody);
      return [textOf(await client.send(command)), textOf(await client.send(command))];
    },
    says,
  },
  {
    name: 'a middleware cache',
    replies: [answers.claudeSaid, answers.claudeSaid],
    spans: 2,
    run: async (client) => {
      (client.config as { cacheMiddleware?: boolean }).cacheMiddleware = true;
      return [
        textOf(await client.send(invoke(modelId, claudeBody))),
        textOf(await client.send(invoke(modelId, claudeBody))),
      ];
    },
    says,
  },
  {
    name: 'then twice on one promise',
    reply: answers.said,
    run: async (client) => {
      const promise = client.send(converse());
      return Promise.all([promise.then((a) => a.stopReason), promise.then((a) => a.usage), promise]);
    },
  },
  {
    name: 'catch and finally',
    reply: answers.said,
    run: async (client) => {
      const seen: string[] = [];
      await client
        .send(converse())
        .finally(() => seen.push('finally'))
        .catch(() => seen.push('catch'));
      return seen;
    },
  },
  {
    name: 'the promise itself',
    reply: answers.said,
    run: async (client) => {
      const promise = client.send(converse());
      const looks = looksOf(promise);
      await promise;
      return looks;
    },
  },
  {
    name: 'the stream itself',
    reply: answers.streamed,
    run: async (client) => {
      const { stream } = await client.send(converseStream());
      const looks = looksOf(stream!);
      await collect(stream!);
      return looks;
    },
  },
  {
    name: 'the client itself',
    spans: 0,
    run: async (client) => [
      looksOf(client),
      client.send.name,
      client.send.length,
      Object.keys(client.config).toSorted(),
    ],
  },
  {
    name: 'frozen arguments',
    reply: answers.said,
    run: (client) => client.send(new ConverseCommand(Object.freeze({ ...asked }))),
  },
  {
    name: 'an argument that throws when it is read',
    reply: answers.said,
    run: (client) => {
      const input = { ...asked };
      Object.defineProperty(input, 'inferenceConfig', {
        enumerable: true,
        get() {
          throw new Error('hostile');
        },
      });
      return client.send(new ConverseCommand(input));
    },
    says: { 'span.name': 'chat', failed: true },
  },
  { name: 'no command at all', spans: 0, run: (client) => client.send(undefined as never) },
  { name: 'a command that is none', spans: 0, run: (client) => client.send({ input: asked } as never) },
  ...family('Anthropic', modelId, claudeBody, answers.claudeSaid, answers.claudeStreamed, {
    ...says,
    'gen_ai.response.model': 'claude-sonnet-4-20250514',
    'gen_ai.response.id': 'msg_bdrk_01YKJwVpfwXqF1dE2dLtdvvm',
    'gen_ai.request.max_tokens': 512,
    'gen_ai.request.top_k': 5,
  }),
  ...family(
    'Amazon Nova',
    'us.amazon.nova-lite-v1:0',
    { schemaVersion: 'messages-v1', messages: asked.messages, inferenceConfig: { maxTokens: 300, topK: 20 } },
    answers.novaSaid,
    answers.novaStreamed,
    {
      ...tokens(100, 12, 'end_turn'),
      'gen_ai.usage.cache_read.input_tokens': 30,
      'gen_ai.request.max_tokens': 300,
      'gen_ai.request.top_k': 20,
    },
  ),
  ...family(
    'Amazon Titan',
    'amazon.titan-text-express-v1',
    { inputText: CANARY, textGenerationConfig: { maxTokenCount: 512, temperature: 0, stopSequences: ['|'] } },
    answers.titanSaid,
    answers.titanStreamed,
    { ...tokens(5, 37, 'FINISH'), 'gen_ai.request.max_tokens': 512, 'gen_ai.request.stop_sequences': ['|'] },
  ),
  ...family('Meta Llama', 'us.meta.llama3-3-70b-instruct-v1:0', prompt, answers.llamaSaid, answers.llamaStreamed, {
    ...tokens(23, 41, 'stop'),
    'gen_ai.request.max_tokens': 512,
    'gen_ai.request.temperature': 0.5,
  }),
  ...family(
    'Mistral',
    'mistral.mistral-7b-instruct-v0:2',
    { prompt: CANARY, max_tokens: 9 },
    answers.mistralSaid,
    undefined,
    {
      ...tokens(17, 6, 'stop'),
      'gen_ai.request.max_tokens': 9,
    },
  ),
  {
    name: 'TK-51 InvokeModelWithResponseStream, Mistral',
    reply: answers.mistralStreamed,
    run: async (client) =>
      bytesIn((await client.send(invokeStream('mistral.mistral-7b-instruct-v0:2', { prompt: CANARY }))).body!),
    says: tokens(17, 6, 'length'),
  },
  ...family(
    'Mistral Large',
    'mistral.mistral-large-2407-v1:0',
    { messages: [{ role: 'user', content: CANARY }] },
    answers.mistralChat,
    undefined,
    {
      ...tokens(17, 6, 'stop'),
      'gen_ai.response.model': 'mistral-large-2407',
    },
  ),
  ...family(
    'Cohere Command',
    'cohere.command-text-v14',
    { prompt: CANARY, k: 3, p: 0.5 },
    answers.cohereSaid,
    answers.cohereStreamed,
    {
      ...tokens(11, 7, 'COMPLETE'),
      'gen_ai.request.top_k': 3,
      'gen_ai.request.top_p': 0.5,
    },
  ),
  ...family(
    'Cohere Command R',
    'cohere.command-r-plus-v1:0',
    { message: CANARY },
    answers.cohereChat,
    answers.cohereChatStreamed,
    tokens(11, 7, 'COMPLETE'),
  ),
  ...family(
    'Titan embeddings',
    'amazon.titan-embed-text-v2:0',
    { inputText: CANARY, dimensions: 512 },
    answers.titanEmbedded,
    undefined,
    {
      ...tokens(9, undefined),
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.embeddings.dimension.count': 512,
    },
  ),
  ...family(
    'Cohere embeddings',
    'cohere.embed-english-v3',
    { texts: [CANARY], input_type: 'search_query' },
    answers.cohereEmbedded,
    undefined,
    {
      ...tokens(4, undefined),
      'gen_ai.operation.name': 'embeddings',
    },
  ),
  ...family(
    'Cohere rerank',
    'cohere.rerank-v3-5:0',
    { query: CANARY, documents: [CANARY], top_n: 1, api_version: 2 },
    answers.cohereReranked,
    undefined,
    {
      'gen_ai.operation.name': 'rerank',
      'tally.rerank.documents': 1,
      'tally.rerank.top_n': 1,
    },
  ),
  ...family(
    'pictures',
    'amazon.nova-canvas-v1:0',
    { taskType: 'TEXT_IMAGE', textToImageParams: { text: CANARY } },
    answers.novaImages,
    undefined,
    {
      'gen_ai.operation.name': 'image_generation',
      'tally.usage.images': 2,
    },
  ),
  ...family('an unknown family', 'new.model-v1:0', { question: CANARY }, answers.unknownSaid, answers.unknownStreamed, {
    ...tokens(undefined, undefined),
    failed: false,
    'tally.ended_by': undefined,
  }),
  {
    name: 'TK-51 a body that is no JSON',
    reply: answers.json({}),
    run: async (client) => textOf(await client.send(invoke(modelId, `{"oops ${CANARY}`))),
    says: tokens(undefined, undefined),
  },
  {
    name: 'TK-51 a body as bytes',
    reply: answers.claudeSaid,
    run: async (client) =>
      textOf(
        await client.send(
          new InvokeModelCommand({ modelId, body: new TextEncoder().encode(JSON.stringify(claudeBody)) }),
        ),
      ),
    says: { 'gen_ai.request.max_tokens': 512 },
  },
  {
    name: 'stream, left after one event',
    reply: { ...answers.streamed, hangAfterChunks: 2 },
    run: async (client) => {
      for await (const event of (await client.send(converseStream())).stream!) if (event) break;
    },
    says: { 'tally.ended_by': 'break', failed: false, 'gen_ai.response.finish_reasons': ['error'] },
  },
  {
    name: 'stream, error thrown by the reader',
    reply: answers.streamed,
    run: async (client) => {
      for await (const event of (await client.send(converseStream())).stream!)
        throw new Error(`reader: ${typeof event}`);
    },
  },
  {
    name: 'stream, manual iteration with return',
    reply: answers.streamed,
    run: async (client) => {
      const iterator = (await client.send(converseStream())).stream![Symbol.asyncIterator]();
      const first = await iterator.next();
      return [first.done, await iterator.return?.(undefined)];
    },
  },
  {
    name: 'stream, cut by the server',
    reply: { ...answers.streamed, dropAfterChunks: 2 },
    run: async (client) => collect((await client.send(converseStream())).stream!),
    says: { 'tally.ended_by': 'cut', failed: true },
  },
  {
    name: 'stream, without its end',
    reply: answers.streamedWithoutEnd,
    run: async (client) => collect((await client.send(converseStream())).stream!),
    says: { 'tally.ended_by': 'cut', 'error.type': 'cut', 'gen_ai.response.finish_reasons': ['error'] },
  },
  {
    name: 'stream of InvokeModel, without its end',
    reply: answers.claudeCut,
    run: async (client) => bytesIn((await client.send(invokeStream(modelId, claudeBody))).body!),
    says: { 'tally.ended_by': 'cut', 'gen_ai.usage.input_tokens': 1000 },
  },
  {
    name: 'stream, an exception inside',
    reply: answers.streamedError,
    run: async (client) => collect((await client.send(converseStream())).stream!),
    says: { 'tally.ended_by': 'cut', 'error.type': 'ThrottlingException', failed: true },
  },
  {
    name: 'stream, an exception of an unknown kind inside',
    reply: answers.streamedUnmodelled,
    run: async (client) => collect((await client.send(converseStream())).stream!),
    says: { failed: true },
  },
  {
    name: 'stream, garbage inside',
    reply: answers.events(new TextEncoder().encode(`no event ${CANARY}`)),
    run: async (client) => collect((await client.send(converseStream())).stream!),
  },
  {
    name: 'stream, aborted while reading',
    reply: { ...answers.streamed, hangAfterChunks: 3 },
    run: async (client) => {
      const controller = new AbortController();
      const { stream } = await client.send(converseStream(), { abortSignal: controller.signal });
      let count = 0;
      for await (const event of stream!) if (event && ++count === 2) controller.abort();
      return count;
    },
    says: { failed: true },
  },
  ...(
    [
      [400, 'ValidationException'],
      [403, 'AccessDeniedException'],
      [404, 'ResourceNotFoundException'],
      [429, 'ThrottlingException'],
      [500, 'InternalServerException'],
      [503, 'ServiceUnavailableException'],
      [424, 'ModelErrorException'],
    ] as const
  ).map(([status, type]): Operation<Client> => ({
    name: `refused: ${type}`,
    reply: answers.refused(status, type),
    run: (client) => client.send(converse()),
    says: { 'error.type': String(status), 'tally.request.id': '8b3a2f0e-5d0b-4c5e-9f43-2c1d7a9e6b11', failed: true },
  })),
  {
    name: 'a refused stream',
    reply: answers.refused(429, 'ThrottlingException'),
    run: (client) => client.send(converseStream()),
    says: { 'error.type': '429' },
  },
  {
    name: 'retried by the library',
    replies: [answers.refused(429, 'ThrottlingException'), answers.said],
    run: async (client) => {
      client.config.retryMode = async () => 'standard';
      const token = (retries: number) => ({ getRetryCount: () => retries, getRetryDelay: () => 0 });
      client.config.retryStrategy = async () => ({
        acquireInitialRetryToken: async () => token(0),
        refreshRetryTokenForRetry: async () => token(1),
        recordSuccess() {},
      });
      return (await client.send(converse())).stopReason;
    },
    says: { 'http.request.resend_count': 1, 'gen_ai.usage.input_tokens': 1000 },
  },
  {
    name: 'connection refused',
    run: async (client) => {
      client.config.endpoint = async () => ({ protocol: 'http:', hostname: '127.0.0.1', port: 9, path: '/' });
      return client.send(converse());
    },
    says: { failed: true, 'server.port': 9 },
  },
  {
    name: 'timed out',
    reply: { ...answers.said, delayMs: 5_000 },
    run: (client) => client.send(converse(), { abortSignal: AbortSignal.timeout(150) }),
    says: { failed: true },
  },
  {
    name: 'aborted before it began',
    reply: answers.said,
    run: (client) => client.send(converse(), { abortSignal: AbortSignal.abort() }),
    says: { failed: true },
  },
  {
    name: 'aborted on the way',
    reply: { ...answers.said, delayMs: 5_000 },
    run: (client) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 150);
      return client.send(converse(), { abortSignal: controller.signal });
    },
    says: { failed: true },
  },
  { name: 'an empty body', reply: { status: 200, body: '' }, run: (client) => client.send(converse()) },
  {
    name: 'TK-50 commands that are no inference pass',
    spans: 0,
    replies: [
      answers.json({ inputTokens: 5 }),
      answers.json({ asyncInvokeSummaries: [] }),
      answers.json({ action: 'NONE', outputs: [] }),
    ],
    run: async (client) => [
      await client.send(new CountTokensCommand({ modelId, input: { converse: { messages: asked.messages } } })),
      await client.send(new ListAsyncInvokesCommand({})),
      await client.send(
        new ApplyGuardrailCommand({
          guardrailIdentifier: 'g',
          guardrailVersion: '1',
          source: 'INPUT',
          content: [{ text: { text: CANARY } }],
        }),
      ),
    ],
  },
];

conform(h, {
  name: '@aws-sdk/client-bedrock-runtime 3',
  package: '@aws-sdk/client-bedrock-runtime',
  module: bedrock,
  make: () =>
    new bedrock.BedrockRuntime({
      region: 'us-east-1',
      endpoint: h.fake.url,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
      requestHandler: new NodeHttpHandler(),
      maxAttempts: 1,
    }),
  operations,
  normalise: (text) => text.replaceAll(/"totalRetryDelay":\d+/g, '"totalRetryDelay":0'),
});
