import type OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openaiMajors } from '../../test/openai-majors.ts';
import { type FakeProvider, startFakeProvider } from '../fake-provider.ts';

const messages = [{ role: 'user' as const, content: 'Hello' }];

describe.each(openaiMajors)('errors of OpenAI, read by %s', (_, Client) => {
  let fake: FakeProvider;
  let client: OpenAI;
  beforeEach(async () => {
    fake = await startFakeProvider();
    client = new Client({ apiKey: 'fake', baseURL: fake.openaiBaseUrl, maxRetries: 0 });
  });
  afterEach(() => fake.close());

  it.each([
    ['invalid_key', { status: 401, code: 'invalid_api_key', type: 'invalid_request_error' }],
    ['forbidden', { status: 403, code: 'model_not_found' }],
    ['unknown_model', { status: 404, code: 'model_not_found', param: null }],
    ['bad_request', { status: 400, code: 'invalid_value', param: 'messages[0].role' }],
    ['too_long', { status: 400, code: 'context_length_exceeded', param: 'messages' }],
    ['rate_limit', { status: 429, code: 'rate_limit_exceeded', type: 'tokens' }],
    ['quota', { status: 429, code: 'insufficient_quota', type: 'insufficient_quota' }],
    ['server_error', { status: 500, code: null, type: 'server_error' }],
    ['overloaded', { status: 503, type: 'server_error' }],
  ] as const)('%s has its status, code and type', async (error, expected) => {
    fake.enqueue({ error });
    const failure = await client.chat.completions
      .create({ model: 'gpt-4o', messages })
      .catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(Client.APIError);
    expect(failure).toMatchObject(expected);
    expect((failure as InstanceType<typeof Client.APIError>).requestID).toMatch(/^req_/);
  });

  it('a rate limit says when to come back, and a client that retries does', async () => {
    fake.enqueue({ error: 'rate_limit' }, { error: 'rate_limit', retryAfterMs: 5 });
    const patient = client.withOptions({ maxRetries: 2 });
    const { choices } = await patient.chat.completions.create({ model: 'gpt-4o', messages });
    expect(choices).toHaveLength(1);
    expect(fake.requests.map(({ headers }) => headers['x-stainless-retry-count'])).toEqual(['0', '1', '2']);

    fake.enqueue({ error: 'rate_limit', retryAfterMs: 1500 });
    const failure = await client.chat.completions
      .create({ model: 'gpt-4o', messages })
      .catch((reason: unknown) => reason);
    const { headers } = failure as InstanceType<typeof Client.APIError>;
    expect([headers!.get('retry-after-ms'), headers!.get('retry-after')]).toEqual(['1500', '2']);
    expect(headers!.get('x-ratelimit-remaining-tokens')).toBe('0');
  });

  it('refuses by itself what OpenAI refuses: a wrong key, an unknown model, no messages, an unknown path', async () => {
    const ask = (body: object, apiKey = 'fake') =>
      client
        .withOptions({ apiKey })
        .chat.completions.create({ model: 'gpt-4o', messages, ...body })
        .catch((reason: unknown) => reason);
    expect(await ask({}, 'an-invalid-key')).toMatchObject({ status: 401 });
    expect(await ask({ model: 'no-such-model' })).toMatchObject({
      status: 404,
      message: '404 The model `no-such-model` does not exist or you do not have access to it.',
    });
    expect(await ask({ messages: [] })).toMatchObject({ status: 400, param: 'messages', code: 'empty_array' });
    expect(await ask({ messages: undefined })).toMatchObject({ status: 400, code: 'missing_required_parameter' });
    await expect(client.files.list()).rejects.toMatchObject({
      status: 404,
      message: '404 Invalid URL (GET /v1/files)',
    });
  });

  it('can come inside a chat stream that began well', async () => {
    fake.enqueue({ error: 'server_error', failAfterChunks: 3 });
    let chunks = 0;
    const read = async () => {
      for await (const _chunk of await client.chat.completions.create({ model: 'gpt-4o', messages, stream: true }))
        chunks += 1;
    };
    await expect(read()).rejects.toThrow('The server had an error while processing your request');
    expect(chunks).toBe(3);
  });
});
