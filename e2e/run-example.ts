/** Runs an example as a person does, in a process of its own, and looks at the house for the one trace that it left there. */
import type { Trace, TraceList } from '@tallyspan/server';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { House } from './house.ts';

interface ExampleRun {
  /** Lines of its standard output. */
  printed: string[];
  stderr: string;
  /** Of the one trace in which that agent is, in the order in which they began. */
  spans: Trace['spans'];
}

/** Waits until the trace of this agent has `count` spans: each process of an example sends its own. */
export async function runExample(
  house: House,
  example: string,
  agent: string,
  count: number,
  env: Record<string, string> = {},
): Promise<ExampleRun> {
  const main = resolve(import.meta.dirname, `../examples/${example}/src/main.ts`);
  const all = { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: house.url, ...env };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { env: all, timeout: 90_000 });
  let spans: Trace['spans'] = [];
  const look = async () => {
    const { traces } = await house.get<TraceList>(`/api/v1/traces?agent=${agent}`);
    if (traces[0]) ({ spans } = await house.get<Trace>(`/api/v1/traces/${traces[0].traceId}`));
    return [traces.length, spans.length];
  };
  await expect.poll(look, { timeout: 10_000 }).toEqual([1, count]);
  return { printed: stdout.trim().split('\n'), stderr, spans };
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
