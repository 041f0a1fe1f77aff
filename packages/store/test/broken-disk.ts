import { open } from 'node:fs/promises';
import type { OpenFile } from '../src/log/files.ts';

type Operation = 'open' | 'writev' | 'datasync' | 'sync' | 'truncate' | 'read';

/** A disk that fails on command. Set `fails` to the code for an operation, or to a function that decides each time. */
export class BrokenDisk {
  fails: Partial<Record<Operation, string | (() => string | undefined)>> = {};
  /** Of a write that fails, this many bytes arrive all the same. */
  bytesBeforeFailure = 0;

  readonly openFile: OpenFile = async (path, flags) => {
    if (flags !== 'r') this.#check('open');
    const file = await open(path, flags);
    const { writev, datasync, sync, truncate, read } = file;
    file.writev = (async (buffers: Uint8Array[], position: number) => {
      const code = this.#code('writev');
      if (code === undefined) return writev.call(file, buffers, position);
      const partial = Buffer.concat(buffers).subarray(0, this.bytesBeforeFailure);
      if (partial.length > 0) await file.write(partial, 0, partial.length, position);
      throw failure(code);
    }) as typeof file.writev;
    file.datasync = async () => (this.#check('datasync'), datasync.call(file));
    file.sync = async () => (this.#check('sync'), sync.call(file));
    file.truncate = async (length) => (this.#check('truncate'), truncate.call(file, length));
    file.read = (async (...args: Parameters<typeof read>) => (
      this.#check('read'),
      read.apply(file, args)
    )) as typeof read;
    return file;
  };

  #code(operation: Operation): string | undefined {
    const fails = this.fails[operation];
    return typeof fails === 'function' ? fails() : fails;
  }

  #check(operation: Operation): void {
    const code = this.#code(operation);
    if (code !== undefined) throw failure(code);
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: on purpose`), { code });
}
