import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** How the log opens files. Tests hand in one whose disk is full or broken. */
export type OpenFile = (path: string, flags: string) => Promise<FileHandle>;
export const openFile: OpenFile = open;

/** Writes all of it or throws: one call of the system may write less than asked. */
export async function writeAll(file: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let rest = buffers.filter((buffer) => buffer.length > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, position);
    if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
    position += bytesWritten;
    rest = afterBytes(rest, bytesWritten);
  }
}

function afterBytes(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skipped = 0;
  while (skipped < buffers.length && bytes >= buffers[skipped]!.length) bytes -= buffers[skipped++]!.length;
  const rest = buffers.slice(skipped);
  if (bytes > 0) rest[0] = rest[0]!.subarray(bytes);
  return rest;
}

/** Makes a folder that is still there after a power cut, with all above it: whoever made those may not have seen to it. */
export async function makeFolder(folder: string, openWith: OpenFile): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let path = resolve(folder); path !== dirname(path); path = dirname(path)) {
    // One that we may not open is not ours and was there before.
    await syncFolder(dirname(path), openWith).catch(() => {});
  }
}

/** Makes names that were created or deleted in a folder safe against a power cut. */
export async function syncFolder(folder: string, openWith: OpenFile): Promise<void> {
  // Windows cannot open a folder, and keeps names safe by itself.
  if (process.platform === 'win32') return;
  const handle = await openWith(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
