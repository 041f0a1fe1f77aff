import type OpenAI from 'openai';
import * as module7 from 'openai';
import * as module6 from 'openai-6';
import { toFile } from 'openai';
import { CANARY, collect, conform, type Operation, turn } from '../../../test/conformance.ts';
import { harness, majors } from '../../../test/harness.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
const hello = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: `Say ${CANARY}.` }] };
const sound = () => toFile(Buffer.from(`${CANARY} sound`), 'speech.wav', { type: 'audio/wav' });
const picture = () => toFile(Buffer.from(`${CANARY} picture`), 'cat.png', { type: 'image/png' });
const noon = {
  type: 'function' as const,
  function: {
    name: 'now',
    description: CANARY,
    parameters: { type: 'object', properties: {} },
    parse: JSON.parse as (text: string) => object,
    function: () => `${CANARY} noon`,
  },
};
const limitsLeft = {
  'tally.request.id': 'req_0b6f3c1e9a7d4f52',
  'tally.rate_limit.requests_left': 9_998,
  'tally.rate_limit.tokens_left': 29_999_715,
};
const thread = 'thread_jiTLu6';
const assistant = { assistant_id: 'asst_abc123' };
const runSays = {
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.agent.id': 'asst_abc123',
  'gen_ai.conversation.id': thread,
  'gen_ai.usage.input_tokens': 123,
  'gen_ai.usage.output_tokens': 456,
  'gen_ai.response.model': 'gpt-4o-2024-08-06',
  'gen_ai.response.status': 'completed',
  failed: false,
};
const refused = {
  error: { message: `No such thing as ${CANARY}`, type: 'invalid_request_error', param: null, code: null },
};

const legacy: Operation<OpenAI>[] = [
  {
    name: 'completions.create',
    reply: answers.completion,
    run: (client) =>
      client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: CANARY, max_tokens: 7, stop: '.' }),
    says: {
      'span.name': 'text_completion gpt-3.5-turbo-instruct',
      'gen_ai.operation.name': 'text_completion',
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.response.finish_reasons': ['length'],
      'gen_ai.request.stop_sequences': ['.'],
      ...limitsLeft,
    },
  },
  {
    name: 'completions.create streamed',
    reply: answers.completionStream,
    run: async (client) =>
      collect(
        await client.completions.create({
          model: 'gpt-3.5-turbo-instruct',
          prompt: CANARY,
          stream: true,
          stream_options: { include_usage: true },
        }),
      ),
    says: {
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.response.finish_reasons': ['length'],
      'gen_ai.response.id': 'cmpl-CgwQ2BvUfQx3t',
    },
  },
];

const media: Operation<OpenAI>[] = [
  {
    name: 'images.generate, billed by the token',
    reply: answers.image,
    run: (client) => client.images.generate({ model: 'gpt-image-1', prompt: CANARY, n: 1 }),
    says: {
      'gen_ai.operation.name': 'image_generation',
      'gen_ai.output.type': 'image',
      'tally.request.images': 1,
      'tally.usage.images': 1,
      'gen_ai.usage.input_tokens': 50,
      'gen_ai.usage.output_tokens': 1_056,
      'gen_ai.usage.image.input_tokens': 40,
      'gen_ai.usage.image.output_tokens': 1_056,
    },
  },
  {
    name: 'images.generate, billed by the image',
    reply: answers.imageUrls,
    run: (client) => client.images.generate({ model: 'dall-e-2', prompt: CANARY, n: 2 }),
    says: { 'tally.usage.images': 2, 'gen_ai.usage.input_tokens': undefined, 'tally.cost.usd': undefined },
  },
  {
    name: 'images.generate streamed',
    reply: answers.imageStream,
    run: async (client) =>
      collect(await client.images.generate({ model: 'gpt-image-1', prompt: CANARY, stream: true, partial_images: 1 })),
    says: {
      'gen_ai.request.stream': true,
      'tally.stream.chunks': 2,
      'tally.usage.images': 1,
      'gen_ai.usage.output_tokens': 1_056,
    },
  },
  {
    name: 'images.edit, a file beside the words',
    reply: answers.image,
    run: async (client) => client.images.edit({ model: 'gpt-image-1', prompt: CANARY, image: await picture() }),
    says: { 'gen_ai.operation.name': 'image_generation', 'gen_ai.usage.image.input_tokens': 40 },
  },
  {
    name: 'images.createVariation',
    reply: answers.imageUrls,
    run: async (client) => client.images.createVariation({ image: await picture(), n: 2 }),
    says: { 'gen_ai.operation.name': 'image_generation', 'tally.usage.images': 2 },
  },
  {
    name: 'audio.speech.create, sound for the caller alone',
    reply: answers.speech,
    run: async (client) => {
      const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: `${CANARY} 👋` });
      return [
        response.bodyUsed,
        response.headers.get('content-type'),
        [...new Uint8Array(await response.arrayBuffer())],
      ];
    },
    says: {
      'gen_ai.operation.name': 'speech',
      'tally.usage.input_characters': CANARY.length + 2,
      'gen_ai.output.type': 'speech',
      ...limitsLeft,
    },
  },
  {
    name: 'audio.speech.create, sound as it comes',
    reply: answers.speech,
    run: async (client) => {
      const response = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: CANARY });
      return (await collect(response.body as never)).flatMap((bytes) => [...(bytes as Uint8Array)]);
    },
  },
  {
    name: 'audio.transcriptions.create, billed by the token',
    reply: answers.transcriptionTokens,
    run: async (client) =>
      client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await sound(), prompt: CANARY }),
    says: {
      'gen_ai.operation.name': 'transcription',
      'gen_ai.usage.input_tokens': 14,
      'gen_ai.usage.audio.input_tokens': 14,
      'gen_ai.usage.output_tokens': 31,
      'tally.usage.audio_seconds': undefined,
    },
  },
  {
    name: 'audio.transcriptions.create, billed by the second',
    reply: answers.transcriptionSeconds,
    run: async (client) => client.audio.transcriptions.create({ model: 'whisper-1', file: await sound() }),
    says: { 'tally.usage.audio_seconds': 9, 'gen_ai.usage.input_tokens': undefined },
  },
  {
    name: 'audio.transcriptions.create, verbose',
    reply: answers.transcriptionVerbose,
    run: async (client) =>
      client.audio.transcriptions.create({ model: 'whisper-1', file: await sound(), response_format: 'verbose_json' }),
    says: { 'tally.usage.audio_seconds': 9 },
  },
  {
    name: 'audio.transcriptions.create, plain text, which says nothing of its bill',
    reply: answers.transcriptionText,
    run: async (client) =>
      client.audio.transcriptions.create({ model: 'whisper-1', file: await sound(), response_format: 'text' }),
    says: { 'tally.usage.audio_seconds': undefined, 'gen_ai.usage.input_tokens': undefined, failed: false },
  },
  {
    name: 'audio.transcriptions.create streamed',
    reply: answers.transcriptionStream,
    run: async (client) =>
      collect(
        await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await sound(), stream: true }),
      ),
    says: { 'gen_ai.usage.input_tokens': 14, 'gen_ai.usage.output_tokens': 31, 'tally.stream.chunks': 3 },
  },
  {
    name: 'audio.translations.create',
    reply: answers.transcriptionSeconds,
    run: async (client) => client.audio.translations.create({ model: 'whisper-1', file: await sound() }),
    says: { 'gen_ai.operation.name': 'transcription', 'tally.usage.audio_seconds': 9 },
  },
  {
    name: 'moderations.create',
    reply: answers.moderation,
    run: (client) =>
      client.moderations.create({ model: 'omni-moderation-latest', input: [{ type: 'text', text: CANARY }] }),
    says: {
      'gen_ai.operation.name': 'moderation',
      'gen_ai.response.model': 'omni-moderation-latest',
      'tally.cost.usd': undefined,
    },
  },
  {
    name: 'a picture that is refused',
    reply: { status: 400, headers: answers.headers, body: refused },
    run: (client) => client.images.generate({ model: 'gpt-image-1', prompt: CANARY }),
    says: { 'error.type': '400', failed: true, statusMessage: 'HTTP 400', ...limitsLeft },
  },
];

const batches: Operation<OpenAI>[] = [
  {
    name: 'batches.create',
    reply: answers.batch('validating'),
    run: (client) =>
      client.batches.create({
        input_file_id: 'file-abc123',
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
        metadata: { note: CANARY },
      }),
    says: {
      'gen_ai.operation.name': 'batch',
      'gen_ai.response.id': 'batch_690000aa',
      'gen_ai.response.status': 'validating',
      'tally.cost.usd': undefined,
    },
  },
  {
    name: 'batches.retrieve while it is worked on',
    reply: answers.batch('in_progress'),
    run: (client) => client.batches.retrieve('batch_690000aa'),
    says: { 'gen_ai.response.status': 'in_progress', 'gen_ai.usage.input_tokens': undefined },
  },
  {
    name: 'batches.cancel',
    reply: answers.batch('cancelling'),
    run: (client) => client.batches.cancel('batch_690000aa'),
    says: { 'gen_ai.response.status': 'cancelling' },
  },
  {
    name: 'batches.retrieve of one that is not there',
    reply: { status: 404, body: refused },
    run: (client) => client.batches.retrieve('batch_none'),
    says: { 'error.type': '404', 'gen_ai.response.id': 'batch_none' },
  },
];

const assistants: Operation<OpenAI>[] = [
  {
    name: 'LLM-14 runs.create, then polled by the caller',
    replies: [answers.runState('queued'), answers.runState('in_progress'), answers.runCompleted],
    run: async (client) => {
      const run = await client.beta.threads.runs.create(thread, { ...assistant, instructions: CANARY });
      const states = [run.status];
      while (states.at(-1) !== 'completed')
        states.push((await client.beta.threads.runs.retrieve(run.id, { thread_id: thread })).status);
      return states;
    },
    says: runSays,
  },
  {
    name: 'LLM-14 runs.createAndPoll',
    replies: [answers.runState('queued'), answers.runState('in_progress'), answers.runCompleted],
    run: (client) => client.beta.threads.runs.createAndPoll(thread, assistant),
    says: runSays,
  },
  {
    name: 'LLM-14 a run that calls a tool of the caller’s is one span',
    replies: [
      answers.runState('queued'),
      answers.runState('requires_action', {
        required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [] } },
      }),
      answers.runState('queued'),
      answers.runCompleted,
    ],
    run: async (client) => {
      const { runs } = client.beta.threads;
      const waiting = await runs.createAndPoll(thread, assistant);
      const done = await runs.submitToolOutputsAndPoll(waiting.id, {
        thread_id: thread,
        tool_outputs: [{ tool_call_id: 'call_1', output: CANARY }],
      });
      return [waiting.status, done.status];
    },
    says: runSays,
  },
  {
    name: 'LLM-14 runs.stream',
    reply: answers.runStream('completed', { completed_at: 1_763_700_010, usage: answers.runUsage }),
    run: async (client) => {
      const stream = client.beta.threads.runs.stream(thread, assistant);
      const texts: unknown[] = [];
      stream.on('textDelta', (delta) => texts.push(delta.value));
      return [(await stream.finalRun()).status, texts];
    },
    says: runSays,
  },
  {
    name: 'runs.create streamed',
    reply: answers.runStream('completed', { completed_at: 1_763_700_010, usage: answers.runUsage }),
    run: async (client) => collect(await client.beta.threads.runs.create(thread, { ...assistant, stream: true })),
    says: { ...runSays, 'gen_ai.request.stream': true, 'tally.stream.chunks': 5 },
  },
  {
    name: 'a stream that stops for a tool and goes on',
    replies: [
      answers.runStream('requires_action', {
        required_action: {
          type: 'submit_tool_outputs',
          submit_tool_outputs: {
            tool_calls: [
              { id: 'call_1', type: 'function', function: { name: 'find', arguments: `{"q":"${CANARY}"}` } },
            ],
          },
        },
      }),
      answers.runStream('completed', { completed_at: 1_763_700_010, usage: answers.runUsage }),
    ],
    run: async (client) => {
      const { runs } = client.beta.threads;
      const waiting = await collect(await runs.create(thread, { ...assistant, stream: true }));
      const done = runs.submitToolOutputsStream('run_qJL1kI9xxWlfE0z1yfL0fGg9', {
        thread_id: thread,
        tool_outputs: [{ tool_call_id: 'call_1', output: CANARY }],
      });
      return [waiting.length, (await done.finalRun()).status];
    },
    says: runSays,
  },
  {
    name: 'threads.createAndRunPoll',
    replies: [answers.runState('queued'), answers.runCompleted],
    run: (client) =>
      client.beta.threads.createAndRunPoll({ ...assistant, thread: { messages: [{ role: 'user', content: CANARY }] } }),
    says: runSays,
  },
  {
    name: 'threads.createAndRunStream',
    reply: answers.runStream('completed', { completed_at: 1_763_700_010, usage: answers.runUsage }),
    run: (client) => client.beta.threads.createAndRunStream(assistant).finalRun(),
    says: runSays,
  },
  {
    name: 'a run that fails says why, without its words',
    replies: [
      answers.runState('queued'),
      answers.runState('failed', {
        last_error: { code: 'rate_limit_exceeded', message: CANARY },
        usage: answers.runUsage,
      }),
    ],
    run: (client) => client.beta.threads.runs.createAndPoll(thread, assistant),
    says: {
      ...runSays,
      'gen_ai.response.status': 'failed',
      failed: true,
      'error.type': 'rate_limit_exceeded',
      statusMessage: 'rate_limit_exceeded',
      'gen_ai.response.finish_reasons': ['error'],
    },
  },
  {
    name: 'a run that is cancelled',
    replies: [
      answers.runState('in_progress'),
      answers.runState('cancelled', { cancelled_at: 1_763_700_005, usage: answers.runUsage }),
    ],
    run: async (client) => {
      const { id } = await client.beta.threads.runs.create(thread, assistant);
      return (await client.beta.threads.runs.cancel(id, { thread_id: thread })).status;
    },
    says: { ...runSays, 'gen_ai.response.status': 'cancelled', failed: true, 'error.type': 'cancelled' },
  },
  {
    name: 'a run that cannot begin',
    reply: { status: 404, body: refused },
    run: (client) => client.beta.threads.runs.create(thread, assistant),
    says: { 'error.type': '404', 'gen_ai.agent.id': 'asst_abc123', 'gen_ai.conversation.id': thread },
  },
  {
    name: 'looking at a run of somebody else’s',
    spans: 0,
    reply: answers.runCompleted,
    run: (client) => client.beta.threads.runs.retrieve('run_other', { thread_id: thread }),
  },
];

const background: Operation<OpenAI>[] = [
  {
    name: 'a response in the background is one span, with the tokens that a later look tells',
    spans: 3,
    replies: [answers.responseState('queued'), answers.responseState('in_progress'), answers.responseCompleted],
    run: async (client) => {
      const { id } = await client.responses.create({ model: 'o3', input: CANARY, background: true });
      const seen = await client.responses.retrieve(id);
      return [seen.status, (await client.responses.retrieve(id)).output_text];
    },
  },
  {
    name: 'responses.retrieve of a finished one tells no tokens',
    reply: answers.responseCompleted,
    run: (client) => client.responses.retrieve('resp_bg0001'),
    says: {
      'span.name': 'fetch_response',
      'gen_ai.operation.name': 'fetch_response',
      'gen_ai.response.id': 'resp_bg0001',
      'gen_ai.response.status': 'completed',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': undefined,
      'gen_ai.usage.output_tokens': undefined,
      'tally.cost.usd': undefined,
      ...limitsLeft,
    },
  },
  {
    name: 'responses.retrieve of one that is not there',
    reply: { status: 404, headers: answers.headers, body: refused },
    run: (client) => client.responses.retrieve('resp_none'),
    says: { 'gen_ai.response.id': 'resp_none', 'error.type': '404', ...limitsLeft },
  },
  {
    name: 'responses.retrieve streamed',
    reply: {
      stream: answers.sse(
        [
          { type: 'response.created', sequence_number: 0, response: answers.response('in_progress') },
          {
            type: 'response.output_text.delta',
            sequence_number: 1,
            item_id: 'msg_1',
            output_index: 0,
            content_index: 0,
            delta: CANARY,
          },
          {
            type: 'response.completed',
            sequence_number: 2,
            response: answers.response('completed', { usage: answers.responseUsage }),
          },
        ],
        true,
      ),
    },
    run: async (client) => collect(await client.responses.retrieve('resp_bg0001', { stream: true })),
    says: {
      'gen_ai.operation.name': 'fetch_response',
      'gen_ai.response.status': 'completed',
      'gen_ai.usage.input_tokens': undefined,
      'tally.stream.chunks': 3,
    },
  },
  {
    name: 'a response in the background that is cancelled',
    replies: [answers.responseState('queued'), answers.responseState('cancelled')],
    run: async (client) => {
      const { id } = await client.responses.create({ model: 'o3', input: CANARY, background: true });
      return (await client.responses.cancel(id)).status;
    },
    says: { 'gen_ai.operation.name': 'chat', failed: true, 'error.type': 'cancelled' },
  },
  {
    name: 'a response that failed after it was accepted',
    reply: answers.responseState('failed', { background: false, error: { code: 'server_error', message: CANARY } }),
    run: (client) => client.responses.create({ model: 'o3', input: CANARY }),
    says: {
      failed: true,
      'error.type': 'server_error',
      statusMessage: 'server_error',
      'gen_ai.response.finish_reasons': ['error'],
    },
  },
  {
    name: 'a response with tools of the provider’s and of the caller’s',
    reply: answers.responseWithTools,
    run: (client) => client.responses.create({ model: 'gpt-4o', input: CANARY, tools: [{ type: 'web_search' }] }),
    says: {
      'gen_ai.response.finish_reasons': ['tool_calls'],
      'tally.usage.web_searches': 1,
      'gen_ai.usage.reasoning.output_tokens': 896,
      'gen_ai.usage.cache_read.input_tokens': 64,
    },
  },
];

const compaction: Operation<OpenAI>[] = [
  {
    name: 'responses.compact, billed like an answer',
    reply: {
      body: {
        id: 'resp_cmp0001',
        object: 'response.compaction',
        created_at: 1_763_700_000,
        output: [{ id: 'cmp_1', type: 'compaction', encrypted_content: CANARY }],
        usage: answers.responseUsage,
      },
    },
    run: (client) => client.responses.compact({ model: 'gpt-5', input: CANARY } as never),
    says: { 'span.name': 'chat gpt-5', 'gen_ai.usage.input_tokens': 328, 'gen_ai.response.id': 'resp_cmp0001' },
  },
];

const ways: Operation<OpenAI>[] = [
  {
    name: 'LLM-12 runTools: each request is a span, the loop is none',
    spans: 2,
    replies: [{ toolCalls: [{ name: 'now', arguments: {} }], finish: 'tool_calls' }, { text: CANARY }],
    run: async (client) => {
      const runner = client.chat.completions.runTools({ ...hello, tools: [noon] } as never);
      const seen: string[] = [];
      for (const event of ['message', 'functionToolCall', 'functionToolCallResult', 'chatCompletion', 'end'] as const)
        runner.on(event, () => seen.push(event));
      return [await runner.finalContent(), await runner.totalUsage(), seen];
    },
  },
  {
    name: 'LLM-12 runTools streamed',
    spans: 2,
    replies: [{ toolCalls: [{ name: 'now', arguments: {} }], finish: 'tool_calls' }, { text: CANARY }],
    run: (client) =>
      client.chat.completions.runTools({ ...hello, stream: true, tools: [noon] } as never).finalContent(),
  },
  {
    name: 'runTools whose tool throws',
    replies: [{ toolCalls: [{ name: 'now', arguments: {} }], finish: 'tool_calls' }, { text: CANARY }],
    run: (client) => {
      const broken = { ...noon, function: { ...noon.function, function: () => Promise.reject(new Error(CANARY)) } };
      return client.chat.completions.runTools({ ...hello, tools: [broken] } as never).finalContent();
    },
  },
  {
    name: 'withOptions, and again',
    run: (client) =>
      client.withOptions({ timeout: 9_000 }).withOptions({ maxRetries: 0 }).chat.completions.create(hello),
  },
  {
    name: 'a resource kept in a variable',
    run: async (client) => {
      const { completions } = client.chat;
      return [completions === client.chat.completions, await completions.create(hello)];
    },
  },
  {
    name: 'the response object beside the answer of a stream',
    run: async (client) => {
      const promise = client.chat.completions.create({ ...hello, stream: true });
      const { data, request_id } = await promise.withResponse();
      return [(await collect(data)).length > 0, typeof request_id, (await promise) === data];
    },
  },
  {
    name: 'await using a stream, where the library offers it',
    run: async (client) => {
      const stream = await client.chat.completions.create({ ...hello, stream: true });
      const dispose = (stream as unknown as Record<symbol, unknown>)[Symbol.asyncDispose];
      return [typeof dispose, (await collect(stream)).length > 0];
    },
  },
  {
    name: 'a Responses stream left after one event',
    run: async (client) => {
      for await (const event of await client.responses.create({ model: 'gpt-4o', input: CANARY, stream: true }))
        return event.type;
      return undefined;
    },
    says: { 'tally.ended_by': 'break', failed: false },
  },
  {
    name: 'a stream of pictures left after the first',
    reply: { ...answers.imageStream, chunkDelayMs: 20 },
    run: async (client) => {
      for await (const event of await client.images.generate({ model: 'gpt-image-1', prompt: CANARY, stream: true }))
        return event.type;
      return undefined;
    },
    says: { 'tally.ended_by': 'break', 'tally.stream.chunks': 1 },
  },
  {
    name: 'embeddings aborted on the way',
    reply: { delayMs: 5_000 },
    run: async (client) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 100);
      return client.embeddings.create(
        { model: 'text-embedding-3-small', input: CANARY },
        { signal: controller.signal },
      );
    },
    says: { failed: true },
  },
  {
    name: 'an answer of a shape nobody knows',
    reply: { body: { hello: CANARY, choices: 'none', usage: 7 } },
    run: (client) => client.chat.completions.create(hello),
    says: { failed: false, 'gen_ai.usage.input_tokens': undefined, 'gen_ai.response.finish_reasons': undefined },
  },
  {
    name: 'lists of pages stay the library’s own',
    spans: 0,
    replies: [
      { body: { object: 'list', data: [{ id: 'batch_1' }], has_more: true, first_id: 'batch_1', last_id: 'batch_1' } },
      { body: { object: 'list', data: [{ id: 'batch_2' }], has_more: false, first_id: 'batch_2', last_id: 'batch_2' } },
    ],
    run: async (client) =>
      (await collect(client.batches.list({ limit: 1 }))).map((batch) => (batch as { id: string }).id),
  },
  {
    name: 'files and models stay the library’s own',
    spans: 0,
    replies: [
      { body: { id: 'file-1', object: 'file', bytes: 3, filename: 'a.jsonl', purpose: 'batch' } },
      { body: { object: 'list', data: [{ id: 'gpt-4o', object: 'model' }] } },
    ],
    run: async (client) => {
      const file = await client.files.create({ file: await toFile(Buffer.from('{}'), 'a.jsonl'), purpose: 'batch' });
      await turn(1);
      return [file.id, (await client.models.list()).data.length];
    },
  },
];

const modules: Record<string, unknown> = { 'openai 7': module7, 'openai 6': module6 };
for (const [name, Client] of majors)
  conform(h, {
    name: `${name}, the rest of its methods`,
    package: 'openai',
    make: () => h.openai(Client),
    module: modules[name],
    operations: [...legacy, ...media, ...batches, ...assistants, ...background, ...compaction, ...ways],
  });
