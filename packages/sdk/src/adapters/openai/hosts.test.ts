import type { Reply } from '@tallyspan/fake-provider';
import OpenAI, { AzureOpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { collect, expectToSay } from '../../../test/conformance.ts';
import { harness, hello } from '../../../test/harness.ts';
import { watch } from '../../watch.ts';
import * as answers from './fixtures/hosts.ts';
import { provider, providerInModel } from './hosts.ts';

const h = harness();

describe('who answers behind a client of OpenAI’s', () => {
  it.each([
    ['https://api.openai.com/v1', 'openai'],
    ['https://eu.api.openai.com/v1', 'openai'],
    ['https://API.OPENAI.COM:443/v1', 'openai'],
    ['https://api.x.ai/v1', 'x_ai'],
    ['https://us-east-1.api.x.ai/v1', 'x_ai'],
    ['https://api.groq.com/openai/v1', 'groq'],
    ['https://api.deepseek.com', 'deepseek'],
    ['https://api.together.xyz/v1', 'together'],
    ['https://api.together.ai/v1', 'together'],
    ['https://api.fireworks.ai/inference/v1', 'fireworks'],
    ['https://openrouter.ai/api/v1', 'openrouter'],
    ['https://api.perplexity.ai', 'perplexity'],
    ['https://api.mistral.ai/v1', 'mistral_ai'],
    ['https://api.moonshot.ai/v1', 'moonshot_ai'],
    ['https://api.cerebras.ai/v1', 'cerebras'],
    ['https://my-company.openai.azure.com/openai', 'azure.ai.openai'],
    ['https://my-company.services.ai.azure.com/openai/v1', 'azure.ai.inference'],
    ['https://generativelanguage.googleapis.com/v1beta/openai/', 'gcp.gemini'],
    ['https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/openapi', 'gcp.vertex_ai'],
    ['https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1', 'aws.bedrock'],
    ['http://localhost:11434/v1', 'ollama'],
    ['http://gpu-box:11434/v1', 'ollama'],
  ])('INF-11 INF-12 INF-54 %s is %s', (baseURL, expected) => {
    expect(provider(new OpenAI({ apiKey: 'k', baseURL }))).toBe(expected);
  });

  it.each([
    'https://max.ai/v1',
    'https://fox.ai/v1',
    'https://api.fox.ai/v1',
    'https://notx.ai/v1',
    'https://grok.example.com/v1',
    'https://xai.example.com/v1',
    'https://example.com/x.ai/v1',
    'https://api.x.ai.example.com/v1',
    'https://api.groq.com.evil.example/v1',
    'https://example.com/?host=api.x.ai',
    'https://user:api.x.ai@example.com/v1',
    'https://openai.azure.com.example.com/v1',
    'https://bedrock-runtime.example.amazonaws.com.example/v1',
    'http://localhost:8000/v1',
  ])('INF-12 %s only looks like somebody: it counts as the dialect it speaks', (baseURL) => {
    expect(provider(new OpenAI({ apiKey: 'k', baseURL }))).toBe('openai');
  });

  it('a URL that is none leaves the dialect’s name, and the client complains as it would', () => {
    expect(provider({ baseURL: 'not a url' })).toBe('openai');
    expect(provider({})).toBe('openai');
  });

  it('an Azure client is Azure behind any name', () => {
    const azure = new AzureOpenAI({
      apiKey: 'k',
      apiVersion: '2025-04-01-preview',
      baseURL: 'https://llm.acme.corp/openai',
    });
    expect(provider(azure)).toBe('azure.ai.openai');
  });

  it.each([
    ['anthropic/claude-sonnet-4-5', 'anthropic'],
    ['azure/gpt-4o', 'azure.ai.openai'],
    ['vertex_ai/gemini-2.5-pro', 'gcp.vertex_ai'],
    ['together_ai/meta-llama/Llama-3-70b', 'together'],
    ['meta-llama/Llama-3-70b', undefined],
    ['/gpt-4o', undefined],
    ['gpt-4o', undefined],
    ['__proto__/x', undefined],
    ['constructor/x', undefined],
  ])('the model %s names the provider %s', (model, expected) => {
    expect(providerInModel(model)).toBe(expected);
  });
});

/** A client of the host whose requests arrive at the fake. */
function clientOf(baseURL: string, options: object = {}): OpenAI {
  const reroute = (input: string | URL | Request, init?: RequestInit) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    return fetch(`${h.fake.url}${pathname}${search}`, init);
  };
  return new OpenAI({ apiKey: 'k', baseURL, maxRetries: 0, fetch: reroute, ...options });
}

async function ask(baseURL: string, reply: Reply, stream: boolean, model = 'm') {
  h.fake.enqueue(reply);
  const client = watch(clientOf(baseURL));
  const answer = await client.chat.completions.create({ ...hello, model, stream } as never);
  if (stream) await collect(answer as never);
  return h.span();
}

const tokens = (input: number, output: number) => ({
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
});

describe('what each host counts and reports', () => {
  it('INF-54 xAI counts reasoning beside the completion: it is added; its own cost is taken to the tick', async () => {
    const span = await ask('https://api.x.ai/v1', answers.xAi, false, 'grok-4');
    expectToSay(span, {
      'gen_ai.provider.name': 'x_ai',
      'server.address': 'api.x.ai',
      ...tokens(12, 342),
      'gen_ai.usage.reasoning.output_tokens': 340,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'tally.cost.usd': 0.0037756,
      'tally.cost.source': 'provider',
    });
  });

  it('DeepSeek’s cache hits are cache reads, whole and streamed', async () => {
    const says = { 'gen_ai.provider.name': 'deepseek', ...tokens(100, 20), 'gen_ai.usage.cache_read.input_tokens': 64 };
    expectToSay(await ask('https://api.deepseek.com', answers.deepSeek, false), says);
  });
  it('DeepSeek reports usage on the last choice of a stream', async () => {
    const says = {
      ...tokens(100, 20),
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.response.finish_reasons': ['stop'],
    };
    expectToSay(await ask('https://api.deepseek.com', answers.deepSeekStream, true), says);
  });

  it('Groq’s own statistics of a whole answer are not its tokens', async () => {
    expectToSay(await ask('https://api.groq.com/openai/v1', answers.groq, false), {
      'gen_ai.provider.name': 'groq',
      ...tokens(77, 31),
      'gen_ai.usage.cache_read.input_tokens': 32,
      'gen_ai.usage.reasoning.output_tokens': 9,
      'tally.request.id': 'req_01jx',
      'tally.rate_limit.requests_left': 14_399,
      'tally.rate_limit.tokens_left': 17_810,
      'tally.response.service_tier': 'on_demand',
    });
  });
  it('Groq’s tokens of a stream are beside the choices', async () => {
    expectToSay(await ask('https://api.groq.com/openai/v1', answers.groqStream, true), tokens(77, 31));
  });

  it('Moonshot’s tokens of a stream are inside the last choice', async () => {
    expectToSay(await ask('https://api.moonshot.ai/v1', answers.moonshotStream, true), {
      'gen_ai.provider.name': 'moonshot_ai',
      ...tokens(19, 13),
      'gen_ai.usage.cache_read.input_tokens': 8,
    });
  });

  it('INF-26 usage that is repeated on every chunk is the last one, never the sum', async () => {
    expectToSay(await ask('https://api.perplexity.ai', answers.perplexityStream, true), {
      'gen_ai.provider.name': 'perplexity',
      ...tokens(9, 3),
      'tally.usage.web_searches': 2,
      'tally.cost.usd': 0.006072,
      'tally.cost.source': 'provider',
    });
    expect(h.fake.requests[0]!.body).not.toHaveProperty('stream_options');
  });

  it('OpenRouter’s cost is what it bills', async () => {
    expectToSay(await ask('https://openrouter.ai/api/v1', answers.openRouter, false), {
      'gen_ai.provider.name': 'openrouter',
      'tally.gateway.name': 'openrouter',
      ...tokens(194, 2),
      'tally.cost.usd': 0.00095,
      'tally.cost.source': 'provider',
    });
  });
  it('OpenRouter with a key of one’s own: its fee and what the maker bills', async () => {
    expectToSay(await ask('https://openrouter.ai/api/v1', answers.openRouterOwnKey, false), {
      'tally.cost.usd': 0.000555,
    });
  });

  it('LLM-20 a LiteLLM proxy tells by its headers: cost, ids, model group, retries, fallbacks, and who answered', async () => {
    expectToSay(await ask('http://proxy.acme.corp:4000', answers.liteLlm, false, 'smart'), {
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'smart',
      'tally.gateway.name': 'litellm',
      'tally.gateway.call_id': 'b980db26-9512-45cc-b1da-c511a363b83f',
      'tally.gateway.model_id': 'cb41bc03f4c33d310019bae8c5afdb1af0a8f97b36a234405a9807614988457c',
      'tally.gateway.model_group': 'smart',
      'tally.gateway.api_base': 'https://api.anthropic.com/v1/messages',
      'http.request.resend_count': 1,
      'tally.gateway.fallbacks': 2,
      'tally.cost.usd': 0.0000285,
      'tally.cost.source': 'provider',
    });
  });
  it('LLM-20 a stream through LiteLLM has no cost header: the tokens are priced, and the source says so', async () => {
    const span = await ask('http://proxy.acme.corp:4000', answers.liteLlmStream, true, 'smart');
    expectToSay(span, { 'gen_ai.provider.name': 'anthropic', 'tally.cost.source': 'computed', ...tokens(1_000, 100) });
    // 1,000 × $3 + 100 × $15 per million tokens.
    expect(span.attributes['tally.cost.usd']).toBeCloseTo(0.0045, 12);
  });
  it('LLM-20 a model nobody has a price for is unpriced, though the header says 0', async () => {
    expectToSay(await ask('http://proxy.acme.corp:4000', answers.liteLlmLocal, false, 'local'), {
      'gen_ai.provider.name': 'vllm',
      'tally.cost.usd': undefined,
    });
  });
  it('LLM-20 the prefix of the model names the provider where no header does', async () => {
    const headers = { 'x-litellm-call-id': 'id' };
    const reply = { ...answers.liteLlmLocal, headers };
    expectToSay(await ask('http://proxy.acme.corp:4000', reply, false, 'gemini/gemini-2.5-pro'), {
      'gen_ai.provider.name': 'gcp.gemini',
    });
  });

  it('where no address tells, the program does: watch(client, { provider })', async () => {
    h.fake.enqueue({});
    await watch(h.openai(), { provider: 'vllm' }).chat.completions.create(hello);
    expectToSay(await h.span(), { 'gen_ai.provider.name': 'vllm', 'tally.cost.usd': undefined });
  });
});

describe('Azure', () => {
  const azure = (apiVersion: string) =>
    watch(
      new AzureOpenAI({
        apiKey: 'k',
        apiVersion,
        deployment: 'prod-4o',
        endpoint: 'https://my-company.openai.azure.com',
        maxRetries: 0,
        fetch: (input, init) => {
          const { pathname } = new URL(input as string);
          // The fake wants the key where OpenAI has it.
          const headers = new Headers(init!.headers);
          headers.set('authorization', 'Bearer sk-test-key');
          return fetch(`${h.fake.url}${pathname.replace('/openai/deployments/prod-4o', '/v1')}`, { ...init, headers });
        },
      }),
    );

  it('a deployment that the client was made with is the model that was asked for', async () => {
    await azure('2025-04-01-preview').chat.completions.create({ ...hello, model: '' });
    expectToSay(await h.span(), {
      'gen_ai.provider.name': 'azure.ai.openai',
      'gen_ai.request.model': 'prod-4o',
      'server.address': 'my-company.openai.azure.com',
    });
  });

  it('its request id is the provider’s, by Azure’s own header', async () => {
    h.fake.enqueue({ ...answers.deepSeek, headers: { 'apim-request-id': '1ffa' } });
    await azure('2025-04-01-preview').chat.completions.create(hello);
    expectToSay(await h.span(), { 'tally.request.id': '1ffa' });
  });

  it.each([
    ['2024-09-01-preview', true],
    ['2024-10-21', true],
    ['2024-08-01-preview', false],
    ['2024-06-01', false],
  ])('LLM-44 API version %s is asked for usage on streams: %s', async (version, asked) => {
    await collect(await azure(version).chat.completions.create({ ...hello, stream: true }));
    expect('stream_options' in (h.fake.requests[0]!.body as object)).toBe(asked);
  });
});

describe('what a refused call still tells', () => {
  it('its request id and what is left of the limit, for whoever asks the provider why', async () => {
    h.fake.enqueue({
      error: 'rate_limit',
      headers: {
        'x-request-id': 'req_429',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-remaining-tokens': '12',
      },
    });
    await watch(h.openai())
      .chat.completions.create(hello)
      .catch(() => undefined);
    expectToSay(await h.span(), {
      'error.type': '429',
      'tally.request.id': 'req_429',
      'tally.rate_limit.requests_left': 0,
      'tally.rate_limit.tokens_left': 12,
    });
  });
});
