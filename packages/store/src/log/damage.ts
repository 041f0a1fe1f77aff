import { readdir, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FileWindow } from './file-window.ts';
import type { OpenFile } from './files.ts';
import type { Segment } from './segment.ts';

const copyBytes = 1024 * 1024;

/**
 * What could not be read, kept beside the log as `*.damaged` until a person has looked at it and deleted it. A stretch has one name,
 * so finding it again, in this run or the next, counts it once.
 */
export class Damage {
  readonly #folder: string;
  readonly #openFile: OpenFile;
  readonly #files = new Map<string, number>();

  private constructor(folder: string, openFile: OpenFile) {
    this.#folder = folder;
    this.#openFile = openFile;
  }

  /** Begins with what earlier runs set aside. */
  static async open(folder: string, openFile: OpenFile): Promise<Damage> {
    const damage = new Damage(folder, openFile);
    for (const name of await readdir(folder)) {
      if (name.endsWith('.damaged')) damage.#files.set(name, (await stat(join(folder, name))).size);
    }
    return damage;
  }

  get bytes(): number {
    let sum = 0;
    for (const bytes of this.#files.values()) sum += bytes;
    return sum;
  }

  get files(): number {
    return this.#files.size;
  }

  /** Copies a stretch of a segment. It is counted even when the disk has no room for the copy. */
  async keepStretch(segment: Segment, start: number, end: number): Promise<void> {
    const name = `${basename(segment.path)}.${start}-${end}.damaged`;
    if (this.#files.get(name) === end - start) return;
    this.#files.set(name, end - start);
    await this.#copy(segment.path, join(this.#folder, name), start, end).catch(() => {});
  }

  /** Moves a whole file out of the way. */
  async keepFile(path: string): Promise<void> {
    const name = `${basename(path)}.damaged`;
    const { size } = await stat(path);
    await rename(path, join(this.#folder, name));
    this.#files.set(name, size);
  }

  async #copy(from: string, to: string, start: number, end: number): Promise<void> {
    const source = await this.#openFile(from, 'r');
    try {
      const target = await this.#openFile(to, 'w');
      try {
        const window = new FileWindow(source, end);
        for (let offset = start; offset < end; offset += copyBytes) {
          await target.writeFile(await window.view(offset, copyBytes));
        }
        await target.datasync();
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  }
}
