import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureRuntime } from './runtimes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallyspan-runtimes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An npm that installs an empty file where the binary would be. */
function fakeNpm(asked: string[]) {
  return (args: string[]) => {
    asked.push(args.at(-1)!);
    const name = args.at(-1)!.replace(/@[\d.]+$/, '');
    for (const file of ['bin/node', 'bin/bun', 'deno']) {
      const path = join(args[2]!, 'node_modules', name, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
    }
    return undefined;
  };
}

describe('another runtime', () => {
  it('is fetched once, and leaves nothing beside it', () => {
    const asked: string[] = [];
    const place = { folder, npm: fakeNpm(asked) };
    const first = ensureRuntime('bun', place);
    expect(first).toEqual({ path: expect.stringContaining(join('bun-1.4.5', 'node_modules', '@oven')) });
    expect(existsSync((first as { path: string }).path)).toBe(true);
    expect(ensureRuntime('bun', place)).toEqual(first);
    expect(asked).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['bun-1.4.5']);
  });

  it('that cannot be had is a problem in words, and is tried again the next time', () => {
    const refused = { folder, npm: () => 'ENOTFOUND' };
    expect(ensureRuntime('node 26', refused)).toEqual({
      problem: expect.stringMatching(/^node-\w+-\w+@26\.9\.0 could not be fetched from npm: ENOTFOUND$/),
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(ensureRuntime('node 26', { folder, npm: fakeNpm([]) })).toHaveProperty('path');
  });
});
