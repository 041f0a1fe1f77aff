import type OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openaiMajors } from '../../test/openai-majors.ts';
import { type FakeProvider, startFakeProvider } from '../fake-provider.ts';

const model = 'text-embedding-3-small';

describe.each(openaiMajors)('embeddings and moderations, read by %s', (_, Client) => {
  let fake: FakeProvider;
  let client: OpenAI;
  beforeEach(async () => {
    fake = await startFakeProvider();
    client = new Client({ apiKey: 'fake', baseURL: fake.openaiBaseUrl, maxRetries: 0 });
  });
  afterEach(() => fake.close());

  it('are sent as base64, which the client asks for by itself, or as floats: the same numbers', async () => {
    const packed = await client.embeddings.create({ model, input: 'cold brew coffee' });
    const plain = await client.embeddings.create({ model, input: 'cold brew coffee', encoding_format: 'float' });
    expect(fake.requests.map(({ body }) => body.encoding_format)).toEqual(['base64', 'float']);
    expect(plain).toMatchObject({ object: 'list', model, usage: { prompt_tokens: 4, total_tokens: 4 } });
    expect(plain.data[0]!.embedding).toHaveLength(1536);
    expect([...packed.data[0]!.embedding]).toEqual(plain.data[0]!.embedding);
    const raw = await client.embeddings.create({ model, input: 'cold brew coffee', encoding_format: 'base64' });
    expect(typeof raw.data[0]!.embedding).toBe('string');
  });

  it('take lists, tokens and a number of dimensions', async () => {
    const texts = await client.embeddings.create({ model, input: ['one', 'two', 'three'], dimensions: 256 });
    expect(texts.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
      [0, 256],
      [1, 256],
      [2, 256],
    ]);
    expect((await client.embeddings.create({ model: 'text-embedding-3-large', input: [1, 2, 3] })).data).toHaveLength(
      1,
    );
    expect((await client.embeddings.create({ model, input: [[1, 2], [3]] })).data).toHaveLength(2);
  });

  it('are near each other when the texts share words', async () => {
    const { data } = await client.embeddings.create({
      model,
      input: ['how cold brew coffee is made', 'cold brew coffee steeps for hours', 'the tides follow the moon'],
    });
    const [question, near, far] = data.map(({ embedding }) => embedding);
    const dot = (left: number[], right: number[]) => left.reduce((sum, value, at) => sum + value * right[at]!, 0);
    expect(dot(question!, question!)).toBeCloseTo(1, 5);
    expect(dot(question!, near!)).toBeGreaterThan(0.4);
    expect(dot(question!, near!)).toBeGreaterThan(dot(question!, far!) + 0.3);
  });

  it('moderates: a text that speaks of killing is flagged, its neighbour is not', async () => {
    const { results, model: judge } = await client.moderations.create({
      input: ['I will kill the lights', 'Good morning'],
    });
    expect(judge).toBe('omni-moderation-latest');
    expect(results.map(({ flagged, categories }) => [flagged, categories.violence])).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});
