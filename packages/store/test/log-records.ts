import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log, LogEntry, LogPosition, LogRecord } from '../src/index.ts';

/** A record whose body is this text. */
export function record(text: string): LogRecord {
  return { meta: { signal: 'traces', contentType: 'json', receivedAt: 1_795_000_000_000 }, body: Buffer.from(text) };
}

export async function readAll(log: Log, from?: LogPosition): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of log.read(from)) entries.push(entry);
  return entries;
}

export async function readTexts(log: Log, from?: LogPosition): Promise<string[]> {
  return (await readAll(log, from)).map(({ body }) => Buffer.from(body).toString());
}

/** Paths of the segments, oldest first. */
export async function segmentPaths(folder: string): Promise<string[]> {
  return (await readdir(folder))
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => join(folder, name));
}
