import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import { check } from 'recheck';
import { describe, expect, it } from 'vitest';

/** Every regular expression that is written in a file, with its line. */
function patternsIn(file: string): { source: string; flags: string; line: number }[] {
  const text = readFileSync(file, 'utf8');
  const found: { source: string; flags: string; line: number }[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, regex, start } = node as {
      type?: string;
      regex?: { pattern: string; flags: string } | null;
      start?: number;
    };
    if (type === 'Literal' && regex) {
      found.push({ source: regex.pattern, flags: regex.flags, line: text.slice(0, start).split('\n').length });
    }
    for (const child of Object.values(node)) walk(child);
  };
  walk(parseSync(file, text).program);
  return found;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$|\.generated\.ts$/.test(name))
    .map((name) => join(folder, name));
}

describe('regular expressions', () => {
  it('none that we ship can blow up, whatever text it is given', async () => {
    const folder = resolve(import.meta.dirname, '../../..');
    const risky: string[] = [];
    let count = 0;
    for (const file of readdirSync(folder).flatMap((name) => sources(join(folder, name, 'src')))) {
      for (const { source, flags, line } of patternsIn(file)) {
        count += 1;
        // Large counts make the proof slow. Where even the unbounded pattern is safe the bounded one is.
        const wider = source.replace(/\{(\d+),\d{2,}\}/g, (_, min: string) => `{${Math.min(3, Number(min))},}`);
        if ((await check(wider, flags, { timeout: 5_000 })).status === 'safe') continue;
        const result = await check(source, flags, { timeout: 10_000 });
        if (result.status !== 'safe')
          risky.push(
            `${file.slice(folder.length + 1)}:${line} ${result.status} ${result.status === 'vulnerable' ? result.complexity.summary : ''} /${source}/${flags}`,
          );
      }
    }
    expect(risky).toEqual([]);
    expect(count).toBeGreaterThan(300);
  }, 900_000);
});
