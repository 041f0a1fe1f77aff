/**
 * Lines of JSON, only ever written behind the last one, on disk before `append` resolves. In files of a bounded size, of which the
 * oldest goes when there are too many.
 *
 *   000007.jsonl   {"at":"2026-11-21T18:00:00.000Z","who":"key k_4f…","action":"createKey",…}
 *   000008.jsonl   being written
 */
import { type FileHandle, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, TallyError } from '@tallyspan/facts';
import { describeError } from '../report.ts';

/** Before a byte of a file. */
export interface LinePlace {
  file: number;
  offset: number;
}

export interface AuditFileOptions {
  fileBytesMax?: number;
  filesMax?: number;
}

interface Current {
  number: number;
  file: FileHandle;
  bytes: number;
}

/** Throws DATA_NOT_WRITABLE. */
export async function openAuditFile(folder: string, options: AuditFileOptions = {}): Promise<AuditFile> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const number = (await listFiles(folder)).at(-1) ?? 1;
    const path = pathOf(folder, number);
    const file = await open(path, 'a', 0o600);
    const { size } = await file.stat();
    const audit = new AuditFile(folder, { number, file, bytes: size }, options);
    // A crash may have left half a line.
    if (size > 0 && (await readFile(path)).at(-1) !== 0x0a) await audit.append(['']);
    return audit;
  } catch (error) {
    throw new TallyError('DATA_NOT_WRITABLE', { dir: folder, reason: describeError(error) }, error);
  }
}

export class AuditFile {
  readonly #folder: string;
  readonly #current: Current;
  readonly #options: AuditFileOptions;
  #line: Promise<void> = Promise.resolve();

  constructor(folder: string, current: Current, options: AuditFileOptions) {
    this.#folder = folder;
    this.#current = current;
    this.#options = options;
  }

  /** Rejects when they are not on disk. */
  append(lines: readonly string[]): Promise<void> {
    const written = this.#line.then(async () => {
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      await this.#rotate(bytes.length);
      await this.#current.file.write(bytes);
      await this.#current.file.sync();
      this.#current.bytes += bytes.length;
    });
    this.#line = written.catch(() => {});
    return written;
  }

  /** Whole lines, the last one first, before a place. */
  async *backwards(before?: LinePlace): AsyncGenerator<{ line: string; place: LinePlace }> {
    await this.#line;
    const files = (await listFiles(this.#folder)).filter((number) => number <= (before?.file ?? Infinity));
    for (const number of files.toReversed()) {
      const content = await readFile(pathOf(this.#folder, number)).catch(() => Buffer.alloc(0));
      let end = number === before?.file ? Math.min(before.offset, content.length) : content.length;
      while (end > 0) {
        const start = end < 2 ? 0 : content.lastIndexOf(0x0a, end - 2) + 1;
        yield { line: content.toString('utf8', start, end), place: { file: number, offset: start } };
        end = start;
      }
    }
  }

  async close(): Promise<void> {
    await this.#line;
    await this.#current.file.close();
  }

  async #rotate(more: number): Promise<void> {
    const { fileBytesMax = limits.auditFileBytesMax, filesMax = limits.auditFilesMax } = this.#options;
    if (this.#current.bytes === 0 || this.#current.bytes + more <= fileBytesMax) return;
    const number = this.#current.number + 1;
    const file = await open(pathOf(this.#folder, number), 'a', 0o600);
    await this.#current.file.close();
    Object.assign(this.#current, { number, file, bytes: 0 });
    for (const old of (await listFiles(this.#folder)).slice(0, -filesMax)) await unlink(pathOf(this.#folder, old));
  }
}

function pathOf(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(6, '0')}.jsonl`);
}

async function listFiles(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => /^(\d{6,})\.jsonl$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((left, right) => left - right);
}
