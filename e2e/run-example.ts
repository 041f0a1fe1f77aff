/** Runs an example as a person does, in a process of its own, and looks at the house for what it left there. */
import type { Trace, TraceList } from '@tallyspan/server';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { House } from './house.ts';

export interface ExampleRun {
  printed: string;
  /** Of the one trace in which that agent is, by start. */
  spans: Trace['spans'];
}

/** Waits until `count` spans are there: each process of an example sends its own. */
export async function runExample(house: House, name: string, agent: string, count: number): Promise<ExampleRun> {
  const main = resolve(import.meta.dirname, `../examples/${name}/src/main.ts`);
  const env = { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: house.url };
  const { stdout } = await promisify(execFile)(process.execPath, [main], { env, timeout: 60_000 });
  let spans: Trace['spans'] = [];
  const look = async () => {
    const { traces } = await house.get<TraceList>(`/api/v1/traces?agent=${agent}`);
    if (traces[0]) ({ spans } = await house.get<Trace>(`/api/v1/traces/${traces[0].traceId}`));
    return [traces.length, spans.length];
  };
  await expect.poll(look, { timeout: 10_000 }).toEqual([1, count]);
  return { printed: stdout.trim(), spans };
}

/** One line a span, two blanks deeper for each level. */
export function treeOf(
  spans: Trace['spans'],
  line: (span: Trace['spans'][number]) => string,
  parent: string | null = null,
  depth = 0,
): string[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .flatMap((span) => ['  '.repeat(depth) + line(span), ...treeOf(spans, line, span.spanId, depth + 1)]);
}
