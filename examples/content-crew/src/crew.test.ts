import { type FakeProvider, startFakeProvider } from '@tallyspan/fake-provider';
import { flush, init } from '@tallyspan/sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Sink, type SinkSpan, startSink } from '../../../packages/sdk/test/otlp-sink.ts';
import { articles, tickets } from './planned.ts';
import { createScript } from './provider-script.ts';

describe('the sample crew, working on two articles and three tickets at once', () => {
  let fake: FakeProvider;
  let sink: Sink;
  let results: unknown[];

  beforeAll(async () => {
    fake = await startFakeProvider({ script: createScript() });
    sink = await startSink();
    vi.stubEnv('OPENAI_API_KEY', 'fake').stubEnv('OPENAI_BASE_URL', fake.openaiBaseUrl);
    vi.stubEnv('ANTHROPIC_API_KEY', 'fake').stubEnv('ANTHROPIC_BASE_URL', fake.anthropicBaseUrl);
    init({ endpoint: sink.url });
    const { contentCrew } = await import('./crew.ts');
    const { supportTriage } = await import('./triage.ts');
    results = await Promise.all([
      ...articles.map(({ topic }) => contentCrew(topic)),
      supportTriage(tickets.map(({ text }) => text)),
    ]);
    await flush();
  });
  afterAll(async () => {
    await fake.close();
    await sink.close();
    vi.unstubAllEnvs();
  });

  it('does its work', () => {
    expect(results).toMatchObject([
      {
        headline: 'The Can That Needs No Queue',
        tags: ['coffee', 'retail', 'habits'],
        text: articles[0]!.editor.text.text,
      },
      { headline: 'Nine Hundred Trees in Eleven Parking Spaces', doubts: articles[1]!.editor.doubts.text },
      tickets.map(({ sorted }) => sorted),
    ]);
    expect(fake.requests.every(({ outcome }) => outcome === 'answered')).toBe(true);
  });

  it('LLM-10 leaves a trace for each run, with the identity of its agent on every span', () => {
    const traceIds = [...new Set(sink.spans.map(({ traceId }) => traceId))];
    const runs = traceIds.map((id) => sink.spans.filter(({ traceId }) => traceId === id));
    const identities = (spans: SinkSpan[]) =>
      new Set(spans.map(({ attributes }) => `${attributes['tally.tenant']}/${attributes['gen_ai.agent.name']}`));
    expect(runs.map((spans) => [...identities(spans)].join()).sort()).toEqual([
      'acme-corp/content-crew',
      'acme-corp/content-crew',
      'globex/support-triage',
    ]);
    expect(runs.every((spans) => new Set(spans.map(({ attributes }) => attributes['tally.run.id'])).size === 1)).toBe(
      true,
    );
  });

  it('shows who did what: roles, the tool with the embeddings inside, and the call that was turned away', () => {
    expect(outline()).toMatchInlineSnapshot(`
      "invoke_agent content-crew
        role researcher
          chat gpt-4o
          execute_tool search_library
            embeddings text-embedding-3-small
          execute_tool search_library
            embeddings text-embedding-3-small
          chat gpt-4o
        role writer
          chat claude-sonnet-4-20250514 (failed: 429)
          chat claude-sonnet-4-20250514
        role editor
          chat gpt-4.1
          chat gpt-4o-mini
          chat o4-mini"
    `);
  });

  it('has a price for every call that was answered', () => {
    const calls = sink.spans.filter(({ attributes }) => attributes['gen_ai.request.model'] !== undefined);
    expect(calls).toHaveLength(fake.requests.length);
    const unpriced = calls.filter(({ failed, attributes }) => !failed && !(Number(attributes['tally.cost.usd']) > 0));
    expect(unpriced).toEqual([]);
  });

  /** The run with the failing call, as an indented list in order of start. */
  function outline(): string {
    const { traceId } = sink.spans.find(({ failed }) => failed)!;
    const spans = sink.spans
      .filter((span) => span.traceId === traceId)
      .sort((left, right) => Number(left.start - right.start));
    const below = (parentId: string, indent: string): string[] =>
      spans
        .filter(({ parentSpanId }) => parentSpanId === parentId)
        .flatMap(({ name, spanId, failed, attributes }) => [
          `${indent}${name}${failed ? ` (failed: ${String(attributes['error.type'])})` : ''}`,
          ...below(spanId, `${indent}  `),
        ]);
    return below('', '').join('\n');
  }
});
