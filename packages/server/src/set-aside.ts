import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { toJson } from '@tallyspan/facts';
import type { LogEntry } from '@tallyspan/store';
import { describeError } from './report.ts';

/**
 * Keeps a record that cannot be stored as two files, `<segment>-<offset>.body` as it was sent and `.json` with what is known of it.
 * It was acknowledged, so it may not be thrown away. Resolves when both are on disk.
 */
export async function setAside(folder: string, { position, meta, body }: LogEntry, error: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${position.segment}-${position.offset}`);
  await write(`${file}.body`, body);
  await write(`${file}.json`, Buffer.from(`${toJson({ ...meta, position, error: describeError(error) })}\n`));
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

async function write(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
