/** What tests of frameworks share: what a program sees of a call, and how many model calls there were. */
import type { SinkSpan } from './otlp-sink.ts';

/** The value, or what is to be seen of the error. */
export async function outcome(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: await run() };
  } catch (error) {
    const { name, message, constructor } = error as Error;
    return { error: [constructor.name, name, message] };
  }
}

/** Spans of calls that a provider bills. */
export const modelCalls = (spans: readonly SinkSpan[]): SinkSpan[] =>
  spans.filter(({ attributes }) => /^(?:chat|embeddings|rerank)$/.test(String(attributes['gen_ai.operation.name'])));

export const names = (spans: readonly SinkSpan[]): string[] => spans.map(({ name }) => name).toSorted();

export const parentOf = (span: SinkSpan, spans: readonly SinkSpan[]): SinkSpan | undefined =>
  spans.find(({ spanId }) => spanId === span.parentSpanId);
