import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type InvokeModelCommandInput,
} from '@aws-sdk/client-bedrock-runtime';
import * as runtime from '@aws-sdk/client-bedrock-runtime';
import { BedrockAgentRuntimeClient, InvokeAgentCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { limits } from '@tallyspan/facts';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { Instrumentor } from '../../instrumentor.ts';
import { observe } from '../../observe.ts';
import { unwatch, watch } from '../../watch.ts';
import * as agentAnswers from '../bedrock-agent/fixtures/answers.ts';
import { bedrock } from './bedrock.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
const options = (more: object = {}) => ({
  region: 'us-east-1',
  endpoint: h.fake.url,
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  requestHandler: new NodeHttpHandler(),
  maxAttempts: 1,
  ...more,
});
const make = (more: object = {}) => new BedrockRuntimeClient(options(more));
const modelId = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const messages = [{ role: 'user' as const, content: [{ text: 'Sing.' }] }];
const claude = (padding = ''): InvokeModelCommandInput => ({
  modelId,
  body: JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 7, messages: [], padding }),
});

describe('Amazon Bedrock', () => {
  it('TK-50 a call has its price, with what was read from and written to the cache', async () => {
    h.fake.enqueue(answers.claudeSaid);
    await watch(make()).send(new InvokeModelCommand(claude()));
    const { attributes } = await h.span();
    // $3 input, $0.30 read, $3.75 written, $15 output per million tokens.
    const usd = (100 * 3 + 600 * 0.3 + 300 * 3.75 + 20 * 15) / 1e6;
    expect(attributes['tally.cost.usd']).toBeCloseTo(usd, 9);
  });

  it('TK-54 the address is the region’s, where no endpoint was given', async () => {
    const client = watch(make({ endpoint: undefined, region: 'eu-west-3' }));
    const failing = client.send(new ConverseCommand({ modelId, messages }), { abortSignal: AbortSignal.abort() });
    await expect(failing).rejects.toThrow('abort');
    const { attributes } = await h.span();
    expect(attributes['server.address']).toBe('bedrock-runtime.eu-west-3.amazonaws.com');
    expect(attributes['server.port']).toBe(443);
  });

  it('TK-47 TK-48 TK-49 with content on, tools have name, description and parameters, in TraceKit’s names too', async () => {
    h.init({ captureContent: true, dialects: ['otel', 'tracekit'] });
    h.fake.enqueue(answers.wantsTool);
    const json = { type: 'object', properties: { sign: { type: 'string' } } };
    const toolSpec = { name: 'top_song', description: 'Gets the song.', inputSchema: { json } };
    await watch(make()).send(
      new ConverseCommand({
        modelId,
        messages,
        system: [{ text: 'Be brief.' }],
        toolConfig: { tools: [{ toolSpec }] },
      }),
    );
    const { attributes } = await h.span();
    expect(attributes['gen_ai.bedrock.request.tools.0.function.name']).toBe('top_song');
    expect(attributes['gen_ai.bedrock.request.tools.0.function.description']).toBe('Gets the song.');
    expect(JSON.parse(attributes['gen_ai.bedrock.request.tools.0.function.parameters'] as string)).toEqual(json);
    expect(JSON.parse(attributes['gen_ai.system_instructions'] as string)).toEqual([
      { type: 'text', content: 'Be brief.' },
    ]);
  });

  it('TK-46 the alias of an agent has TraceKit’s name as well', async () => {
    h.init({ dialects: ['otel', 'tracekit'] });
    h.fake.enqueue(agentAnswers.workedQuietly);
    const client = watch(new BedrockAgentRuntimeClient(options()));
    const command = new InvokeAgentCommand({
      agentId: 'AGENT12345',
      agentAliasId: 'ALIAS12345',
      sessionId: 's',
      inputText: 'Hi.',
    });
    await collect((await client.send(command)).completion!);
    const { attributes } = await h.span();
    expect(attributes).toMatchObject({
      'gen_ai.agent.id': 'AGENT12345',
      'tally.agent.alias_id': 'ALIAS12345',
      'gen_ai.bedrock.agent_alias.id': 'ALIAS12345',
    });
  });

  it('TK-52 what an agent’s models used is billed once: by the calls inside it, each by its model', async () => {
    h.fake.enqueue(agentAnswers.worked);
    const client = watch(new BedrockAgentRuntimeClient(options()));
    const asked = { agentId: 'A', agentAliasId: 'B', sessionId: 's', inputText: 'Hi.', enableTrace: true };
    await collect((await client.send(new InvokeAgentCommand(asked))).completion!);
    const [agent, ...steps] = await h.spans();
    expect(agent!.attributes['tally.cost.usd']).toBeUndefined();
    expect(agent!.attributes['gen_ai.usage.input_tokens']).toBe(1160);
    expect(
      steps.map(({ name, parentSpanId, attributes }) => [
        name,
        parentSpanId === agent!.spanId,
        attributes['gen_ai.usage.input_tokens'],
      ]),
    ).toEqual([
      ['chat anthropic.claude-3-haiku-20240307-v1:0', true, 10],
      ['chat anthropic.claude-3-5-sonnet-20240620-v1:0', true, 100],
      ['chat anthropic.claude-3-5-sonnet-20240620-v1:0', true, 1000],
      ['chat anthropic.claude-3-5-sonnet-20240620-v1:0', true, 50],
    ]);
    const usd = (10 * 0.25 + 1 * 1.25 + 1150 * 3 + 225 * 15) / 1e6;
    expect(steps.reduce((sum, { attributes }) => sum + (attributes['tally.cost.usd'] as number), 0)).toBeCloseTo(
      usd,
      9,
    );
    // When each began and ended is the provider's word.
    expect(steps[0]!.start).toBe(1_763_000_000_500_000_000n);
    expect(Number(steps[0]!.end - steps[0]!.start) / 1e9).toBeCloseTo(1.5, 1);
    expect(steps[2]!.attributes['gen_ai.response.finish_reasons']).toEqual(['tool_use']);
  });

  it.each([
    [
      'ConverseStream',
      async () => {
        h.fake.enqueue(answers.streamed);
        await watch(make()).send(new ConverseStreamCommand({ modelId, messages }));
      },
    ],
    [
      'InvokeModelWithResponseStream',
      async () => {
        h.fake.enqueue(answers.claudeStreamed);
        await watch(make()).send(new InvokeModelWithResponseStreamCommand(claude()));
      },
    ],
    [
      'InvokeAgent',
      async () => {
        h.fake.enqueue(agentAnswers.worked);
        const asked = { agentId: 'A', agentAliasId: 'B', sessionId: 's', inputText: 'Hi.' };
        await watch(new BedrockAgentRuntimeClient(options())).send(new InvokeAgentCommand(asked));
      },
    ],
  ])('LLM-43 a stream of %s that nobody reads ends its span when it is collected', async (_, dropStream) => {
    expect(gc, 'the tests run with --expose-gc').toBeTypeOf('function');
    await dropStream();
    await expect
      .poll(
        async () => {
          gc!();
          return (await h.spans()).length;
        },
        { timeout: 5000 },
      )
      .toBe(1);
    expect((await h.span()).attributes).toMatchObject({
      'tally.ended_by': 'abandoned',
      'gen_ai.provider.name': 'aws.bedrock',
    });
  });

  it('TK-52 the steps that get spans of their own, and one more: no usage is lost', async () => {
    for (const steps of [limits.innerCallsMax, limits.innerCallsMax + 2]) {
      h.fake.enqueue(agentAnswers.manySteps(steps));
      const client = watch(new BedrockAgentRuntimeClient(options()));
      const asked = { agentId: 'A', agentAliasId: 'B', sessionId: 's', inputText: 'Hi.', enableTrace: true };
      await collect((await client.send(new InvokeAgentCommand(asked))).completion!);
    }
    const spans = await h.spans();
    const tokens = (name: string) =>
      spans
        .filter((span) => span.name.startsWith(name))
        .map(({ attributes }) => Number(attributes['gen_ai.usage.input_tokens']));
    expect(tokens('invoke_agent')).toEqual([limits.innerCallsMax, limits.innerCallsMax + 2]);
    const inner = tokens('chat');
    expect(inner).toHaveLength(2 * limits.innerCallsMax + 1);
    expect(inner.at(-1)).toBe(2);
  });

  it('a command whose name a bundler has shortened is known by its schema', async () => {
    h.fake.enqueue(answers.said);
    const Short = { e: class extends ConverseCommand {} }.e;
    Object.defineProperty(Short, 'name', { value: 'e' });
    await watch(make()).send(new Short({ modelId, messages }));
    expect((await h.span()).name).toBe(`chat ${modelId}`);
  });

  it('TK-51 the largest body that is parsed, and one byte more', async () => {
    const room = limits.parsedBodyBytesMax - String(claude().body).length;
    for (const padding of [room, room + 1]) {
      h.fake.enqueue(answers.claudeSaid);
      await watch(make()).send(new InvokeModelCommand(claude('x'.repeat(padding))));
    }
    const [last, first] = (await h.spans()).toReversed();
    expect(first!.attributes['gen_ai.request.max_tokens']).toBe(7);
    expect(last!.attributes['gen_ai.request.max_tokens']).toBeUndefined();
    // The answer tells its tokens all the same.
    expect(last!.attributes['gen_ai.usage.output_tokens']).toBe(20);
  });

  it('TK-51 an answer that is too large to be parsed tells its tokens by its headers', async () => {
    const { headers } = answers.mistralSaid;
    const body = JSON.stringify({ outputs: [{ text: 'x'.repeat(limits.parsedBodyBytesMax), stop_reason: 'stop' }] });
    h.fake.enqueue({ status: 200, headers: headers!, body });
    const answer = await watch(make()).send(
      new InvokeModelCommand({ modelId: 'mistral.mistral-7b-instruct-v0:2', body: '{}' }),
    );
    expect(answer.body.byteLength).toBe(body.length);
    const { attributes } = await h.span();
    expect(attributes['gen_ai.usage.input_tokens']).toBe(17);
    expect(attributes['gen_ai.response.finish_reasons']).toBeUndefined();
  });

  it('LLM-02 TK-22 neither the original nor other clients of AWS are recorded, and everything is given back', async () => {
    const inherited = BedrockRuntimeClient.prototype.send;
    const instrumentor = new Instrumentor(bedrock).instrument({ module: runtime });
    expect(BedrockAgentRuntimeClient.prototype.send).toBe(inherited);
    h.fake.enqueue(agentAnswers.workedQuietly, answers.said);
    const other = new BedrockAgentRuntimeClient(options());
    await other.send(new InvokeAgentCommand({ agentId: 'A', agentAliasId: 'B', sessionId: 's', inputText: 'Hi.' }));
    expect(await h.spans()).toEqual([]);
    instrumentor.uninstrument();
    expect(Object.hasOwn(BedrockRuntimeClient.prototype, 'send')).toBe(false);

    const client = make();
    observe(client);
    expect(Object.hasOwn(unwatch(watch(client)), 'send')).toBe(false);
    await client.send(new ConverseCommand({ modelId, messages }));
    expect(await h.spans()).toEqual([]);
  });
});
