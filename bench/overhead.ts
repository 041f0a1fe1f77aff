/**
 * What one call and one stream chunk cost in the user's process: bare, with one hand-written OpenTelemetry span, and watched.
 * All three run in turn in one process, round after round, so that a noisy machine is noisy for all; the figure is the median of
 * the differences within a round. CPU of the main thread where Node can tell it (24), else elapsed time, which is the same here
 * as nothing waits.
 *
 * Run: npm run bench -- overhead [--rounds 25]
 */
import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { flush, init, watch } from '@tallyspan/sdk';
import OpenAI from 'openai-6';
import { CHUNKS, inMemoryFetch } from './in-memory-openai.ts';
import { cpuMicros, median, type Result, report, sinkProcess } from './measure.ts';

const ROUNDS = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 20;
const CALLS = 1500;
const STREAMS = 10;

const sink = await sinkProcess();
init({ endpoint: sink.url, metrics: true });

const client = () => new OpenAI({ apiKey: 'bench', fetch: inMemoryFetch as typeof fetch });
const bare = client();
const watched = watch(client());
const provider = new TracerProvider({
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${sink.url}/v1/traces` }) })],
});
const tracer = provider.getTracer('bench');
const body = {
  model: 'gpt-4o',
  messages: [{ role: 'user' as const, content: 'word '.repeat(400) }],
  max_tokens: 100,
  temperature: 0.5,
};

/** The span a careful engineer would write by hand: the conventions' required and recommended attributes of this call. */
async function byHand(): Promise<unknown> {
  const span = tracer.startSpan('chat gpt-4o', {
    kind: SpanKind.CLIENT,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': body.model,
      'gen_ai.request.max_tokens': body.max_tokens,
      'gen_ai.request.temperature': body.temperature,
      'server.address': 'api.openai.com',
      'server.port': 443,
    },
  });
  const answer = await bare.chat.completions.create(body);
  span.setAttributes({
    'gen_ai.response.id': answer.id,
    'gen_ai.response.model': answer.model,
    'gen_ai.response.finish_reasons': answer.choices.map((choice) => choice.finish_reason),
    'gen_ai.usage.input_tokens': answer.usage!.prompt_tokens,
    'gen_ai.usage.output_tokens': answer.usage!.completion_tokens,
    'gen_ai.usage.cache_read.input_tokens': answer.usage!.prompt_tokens_details!.cached_tokens!,
    'openai.response.service_tier': answer.service_tier!,
    'openai.response.system_fingerprint': answer.system_fingerprint!,
  });
  span.end();
  return answer;
}

const calls: Record<string, () => Promise<unknown>> = {
  bare: () => bare.chat.completions.create(body),
  byHand,
  watched: () => watched.chat.completions.create(body),
};
const read = async (from: OpenAI) => {
  for await (const chunk of await from.chat.completions.create({ ...body, stream: true })) void chunk;
};
const streams: Record<string, () => Promise<unknown>> = { bare: () => read(bare), watched: () => read(watched) };

async function time(run: () => Promise<unknown>, times: number): Promise<number> {
  const start = cpuMicros();
  for (let index = 0; index < times; index++) {
    await run();
    // A turn of the loop, as any real call has: exporters' timers run here, and what they cost is part of the price.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (cpuMicros() - start) / times;
}

/** Each variant once per round, in an order that turns, so that nobody always runs after the same neighbour. */
async function rounds(
  variants: Record<string, () => Promise<unknown>>,
  times: number,
): Promise<Record<string, number[]>> {
  const names = Object.keys(variants);
  const taken: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS + 3; round++) {
    for (const [offset] of names.entries()) {
      const name = names[(round + offset) % names.length]!;
      const micros = await time(variants[name]!, times);
      // The first three rounds warm the compiler up.
      if (round >= 3) taken[name]!.push(micros);
    }
    // What an exporter still holds must not be sent on a neighbour's time.
    await Promise.all([flush(5_000), provider.forceFlush()]);
  }
  return taken;
}

const perCall = await rounds(calls, CALLS);
const perStream = await rounds(streams, STREAMS);
const added = (name: string) => median(perCall[name]!.map((micros, round) => micros - perCall.bare![round]!));
const addedStream = median(perStream.watched!.map((micros, round) => micros - perStream.bare![round]!));

const results: Result[] = [
  { name: 'bare call', value: median(perCall.bare!), unit: 'µs' },
  { name: 'added by one hand-written OpenTelemetry span', value: added('byHand'), unit: 'µs/call' },
  { name: 'added by watch()', value: added('watched'), unit: 'µs/call', aim: '≤ 10' },
  { name: 'bare chunk', value: median(perStream.bare!) / CHUNKS, unit: 'µs' },
  {
    name: 'added by watch() to a stream',
    value: (addedStream - added('watched')) / CHUNKS,
    unit: 'µs/chunk',
    aim: '≤ 0.5',
  },
];
await report('overhead', results);
await provider.shutdown();
await sink.close();
