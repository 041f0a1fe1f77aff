import { describe, expect, it } from 'vitest';
import { harness } from '../test/harness.ts';
import { program } from '../test/program.ts';

const h = harness();

describe('a call whose answer nobody asks for', () => {
  it('is made as ever, and its span ends at the latest with the process', async () => {
    const from = h.sink.spans.length;
    const ran = await program(
      `void sdk.watch(new OpenAI({ apiKey: 'k', baseURL: env.FAKE, maxRetries: 0 })).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] });`,
      { FAKE: h.fake.openaiBaseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: h.sink.url },
    );
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(h.fake.requests).toHaveLength(1);
    expect(h.sink.spans.slice(from).map((span) => span.attributes['tally.ended_by'])).toEqual(['abandoned']);
  });

  it('fails as loudly as it would without us when it fails', async () => {
    h.fake.enqueue({ error: 'server_error' });
    const ran = await program(
      `void sdk.watch(new OpenAI({ apiKey: 'k', baseURL: env.FAKE, maxRetries: 0 })).chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi.' }] });`,
      { FAKE: h.fake.openaiBaseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: h.sink.url },
    );
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('InternalServerError');
  });
});
