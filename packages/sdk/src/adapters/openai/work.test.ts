import { limits } from '@tallyspan/facts';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collect, expectToSay } from '../../../test/conformance.ts';
import { harness, majors } from '../../../test/harness.ts';
import { endOpenWork } from '../../open-work.ts';
import { watch } from '../../watch.ts';
import * as answers from './fixtures/answers.ts';

const h = harness();
afterEach(endOpenWork);

/** The same answer under an id of its own, as what was counted once is not counted again in this process. */
const called = (id: string, reply: { body?: unknown }) => ({ ...reply, body: { ...(reply.body as object), id } });

describe.each(majors)('%s: work that goes on at the provider', (_, Client) => {
  it('a batch is billed when it is first seen done, at the price of a batch, and never again', async () => {
    const id = `batch_${randomUUID()}`;
    const done = called(id, answers.batch('completed', answers.batchUsage));
    h.fake.enqueue(called(id, answers.batch('in_progress')), done, done);
    const client = watch(h.openai(Client));
    for (let look = 0; look < 3; look++) await client.batches.retrieve(id);
    const spans = await h.spans();
    expect(spans.map(({ name }) => name).toSorted()).toEqual(['batch', 'batch', 'batch', 'chat gpt-4o-2024-08-06']);
    const billed = spans.find(({ name }) => name.startsWith('chat'))!;
    expectToSay(billed, {
      'gen_ai.usage.input_tokens': 10_000,
      'gen_ai.usage.cache_read.input_tokens': 2_000,
      'gen_ai.usage.output_tokens': 5_000,
      'openai.response.service_tier': 'batch',
      'gen_ai.response.id': id,
      'tally.cost.source': 'computed',
    });
    // Half of (8,000 × $2.50 + 2,000 × $1.25 + 5,000 × $10) per million tokens.
    expect(billed.attributes['tally.cost.usd']).toBeCloseTo(0.03625, 12);
    expect(spans.filter((span) => span.attributes['tally.cost.usd'] !== undefined)).toHaveLength(1);
  });

  it('a batch of embeddings is embeddings; one that expired is billed for what was done, and failed', async () => {
    const id = `batch_${randomUUID()}`;
    const expired = called(id, answers.batch('expired', answers.batchUsage));
    h.fake.enqueue({ ...expired, body: { ...expired.body, endpoint: '/v1/embeddings' } });
    await watch(h.openai(Client)).batches.retrieve(id);
    const spans = await h.spans();
    const [embeddings] = spans.filter(({ attributes }) => attributes['gen_ai.operation.name'] === 'embeddings');
    expectToSay(embeddings!, { 'gen_ai.usage.input_tokens': 10_000 });
    expectToSay(
      spans.find(({ name }) => name === 'batch')!,
      { failed: true, 'error.type': 'expired' },
    );
  });

  it('a response in the background has one span with tokens, and none of the looks at it has', async () => {
    const id = `resp_${randomUUID()}`;
    h.fake.enqueue(
      called(id, answers.responseState('queued')),
      called(id, answers.responseState('in_progress')),
      called(id, answers.responseCompleted),
      called(id, answers.responseCompleted),
    );
    const client = watch(h.openai(Client));
    await client.responses.create({ model: 'o3', input: 'Think long.', background: true });
    expect(await h.spans()).toEqual([]);
    for (let look = 0; look < 3; look++) await client.responses.retrieve(id);
    const spans = await h.spans();
    expect(spans).toHaveLength(4);
    const [chat, ...others] = spans.filter((span) => span.attributes['gen_ai.usage.input_tokens'] !== undefined);
    expect(others).toEqual([]);
    expectToSay(chat!, {
      'span.name': 'chat o3',
      'gen_ai.response.id': id,
      'gen_ai.usage.input_tokens': 328,
      'gen_ai.usage.output_tokens': 1_024,
      'gen_ai.usage.reasoning.output_tokens': 896,
      'gen_ai.response.finish_reasons': ['stop'],
    });
    expect(chat!.attributes['tally.cost.usd']).toBeGreaterThan(0);
  });

  it('a stream of a response in the background that is left goes on, and a later look tells its tokens', async () => {
    const id = `resp_${randomUUID()}`;
    const of = (status: string, more?: object) => ({ ...answers.response(status, more), id });
    h.fake.enqueue(
      {
        stream: answers.sse([
          { type: 'response.created', response: of('queued') },
          { type: 'response.in_progress', response: of('in_progress') },
        ]),
        chunkDelayMs: 10,
      },
      called(id, answers.responseCompleted),
    );
    const client = watch(h.openai(Client));
    for await (const event of await client.responses.create({
      model: 'o3',
      input: 'Hi.',
      background: true,
      stream: true,
    }))
      if (event) break;
    await client.responses.retrieve(id);
    const chat = (await h.spans()).find(({ name }) => name === 'chat o3')!;
    expectToSay(chat, {
      'gen_ai.usage.output_tokens': 1_024,
      'gen_ai.response.finish_reasons': ['stop'],
      failed: false,
    });
  });

  it('work that nobody looks after is open until the process ends or the limit, and then abandoned, not counted as nothing', async () => {
    const id = `resp_${randomUUID()}`;
    h.fake.enqueue(called(id, answers.responseState('queued')));
    await watch(h.openai(Client)).responses.create({ model: 'o3', input: 'Hi.', background: true });
    expect(await h.spans()).toEqual([]);
    endOpenWork();
    expectToSay(await h.span(), {
      'tally.ended_by': 'abandoned',
      'gen_ai.response.id': id,
      'gen_ai.usage.input_tokens': undefined,
      'tally.cost.usd': undefined,
    });
  });

  it('LLM-44 a legacy completion’s stream is asked for its tokens, and the answer to that is hidden', async () => {
    h.fake.enqueue(answers.completionStream);
    const body = { model: 'gpt-3.5-turbo-instruct', prompt: 'Hi', stream: true as const };
    const chunks = await collect(await watch(h.openai(Client)).completions.create(body));
    expect(h.fake.requests[0]!.body).toMatchObject({ stream_options: { include_usage: true } });
    expect(body).not.toHaveProperty('stream_options');
    expect(chunks).toHaveLength(3);
    expect(chunks.every((chunk) => !('usage' in (chunk as object)))).toBe(true);
    expectToSay(await h.span(), {
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.output_tokens': 7,
      'tally.stream.chunks': 3,
    });
  });
});

describe('how much work may be open', () => {
  it('the last accepted stays, and one more ends the oldest', async () => {
    const client = watch(h.openai());
    const begin = async (index: number) => {
      h.fake.enqueue(called(`resp_${index}`, answers.responseState('queued')));
      await client.responses.create({ model: 'o3', input: 'Hi.', background: true });
    };
    for (let index = 0; index < limits.openWorkMax; index++) await begin(index);
    expect(await h.spans()).toHaveLength(0);
    await begin(limits.openWorkMax);
    expectToSay(await h.span(), { 'gen_ai.response.id': 'resp_0', 'tally.ended_by': 'abandoned' });
  });

  it('after the limit of time the span ends', async () => {
    h.fake.enqueue(called('resp_late', answers.responseState('queued')));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const created = watch(h.openai()).responses.create({ model: 'o3', input: 'Hi.', background: true });
      await created;
      vi.advanceTimersByTime(limits.openWorkMsMax - 1);
      vi.advanceTimersByTime(1);
    } finally {
      vi.useRealTimers();
    }
    expectToSay(await h.span(), { 'gen_ai.response.id': 'resp_late', 'tally.ended_by': 'abandoned' });
  });
});
