import Anthropic from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeProvider, startFakeProvider } from '../fake-provider.ts';

const model = 'claude-sonnet-4-20250514';
const asked = { model, max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hello' }] };

describe('errors of Anthropic, read by @anthropic-ai/sdk', () => {
  let fake: FakeProvider;
  let client: Anthropic;
  beforeEach(async () => {
    fake = await startFakeProvider();
    client = new Anthropic({ apiKey: 'fake', baseURL: fake.anthropicBaseUrl, maxRetries: 0 });
  });
  afterEach(() => fake.close());

  it.each([
    ['invalid_key', 401, 'authentication_error'],
    ['forbidden', 403, 'permission_error'],
    ['unknown_model', 404, 'not_found_error'],
    ['bad_request', 400, 'invalid_request_error'],
    ['too_long', 400, 'invalid_request_error'],
    ['rate_limit', 429, 'rate_limit_error'],
    ['quota', 400, 'invalid_request_error'],
    ['server_error', 500, 'api_error'],
    ['overloaded', 529, 'overloaded_error'],
  ] as const)('%s is %i %s', async (error, status, type) => {
    fake.enqueue({ error });
    const failure = await client.messages.create(asked).catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(Anthropic.APIError);
    expect(failure).toMatchObject({ status, type, error: { type: 'error', error: { type } } });
    expect((failure as InstanceType<typeof Anthropic.APIError>).requestID).toMatch(/^req_/);
  });

  it('a client that retries comes back after a rate limit and an overload', async () => {
    fake.enqueue({ error: 'rate_limit' }, { error: 'overloaded', headers: { 'retry-after-ms': '5' } });
    const message = await client.withOptions({ maxRetries: 2 }).messages.create(asked);
    expect(message.stop_reason).toBe('end_turn');
    expect(fake.requests).toHaveLength(3);
  });

  it('refuses by itself what Anthropic refuses: a wrong key, an unknown model, no max_tokens, no messages', async () => {
    const ask = (body: object, apiKey = 'fake') =>
      client
        .withOptions({ apiKey })
        .messages.create({ ...asked, ...body })
        .catch((reason: unknown) => reason);
    expect(await ask({}, 'an-invalid-key')).toMatchObject({ status: 401 });
    expect(await ask({ model: 'no-such-claude' })).toMatchObject({ status: 404, apiMessage: 'model: no-such-claude' });
    expect(await ask({ max_tokens: undefined })).toMatchObject({
      status: 400,
      apiMessage: 'max_tokens: Field required',
    });
    expect(await ask({ messages: [] })).toMatchObject({
      status: 400,
      apiMessage: 'messages: at least one message is required',
    });
  });

  it('can come inside a stream that began well', async () => {
    fake.enqueue({ error: 'overloaded', failAfterChunks: 5 });
    const read = async () => {
      for await (const _event of await client.messages.create({ ...asked, stream: true }));
    };
    await expect(read()).rejects.toMatchObject({ type: 'overloaded_error', apiMessage: 'Overloaded' });
  });
});
