/** An example, run as a program of its own, and the one trace that it leaves on a server. */
import type { Trace, TraceList } from '@tallyspan/server';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { House } from './house.ts';

interface ExampleTrace {
  /** Lines of its standard output. */
  printed: string[];
  stderr: string;
  /** In the order in which they began. */
  spans: Trace['spans'];
  /** `agent | name`, two blanks deeper for each level. Addresses of this machine are `here`. */
  tree: string[];
}

/** Waits until the trace of this agent has so many spans: each process sends its own by itself. */
export async function runExample(
  house: House,
  example: string,
  agent: string,
  count: number,
  env: Record<string, string>,
): Promise<ExampleTrace> {
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
  return { printed: stdout.trim().split('\n'), stderr, spans, tree: treeOf(spans) };
}

function treeOf(spans: Trace['spans'], parent: string | null = null, depth = 0): string[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .flatMap((span) => [
      `${'  '.repeat(depth)}${span.agent} | ${span.name}`.replace(/127\.0\.0\.1(:\d+)?/, 'here'),
      ...treeOf(spans, span.spanId, depth + 1),
    ]);
}
