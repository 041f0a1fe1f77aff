import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { openLog } from '../index.ts';
import { bodyOf } from '../../test/killed-body.ts';
import { readTexts } from '../../test/log-records.ts';
import { randomFrom } from '../../test/random-from.ts';
import { seed } from '../../test/seed.ts';
import { tempFolder } from '../../test/temp-folder.ts';

// Disks are slow when others use them, too.
vi.setConfig({ testTimeout: 60_000 });

const script = fileURLToPath(new URL('../../test/append-until-killed.ts', import.meta.url));

/** Starts the process, kills it some milliseconds after its first acknowledgement, and answers the ids it acknowledged. */
async function appendAndKill(folder: string, run: number, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, folder, String(run)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    output += text;
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  return output.split('\n').slice(0, -1);
}

describe('a process that is killed at any moment', () => {
  it('loses no record that it acknowledged, and none comes twice', async () => {
    const folder = await tempFolder();
    const random = randomFrom(seed());
    const acknowledged: string[] = [];
    for (let run = 1; run <= 8; run += 1) {
      acknowledged.push(...(await appendAndKill(folder, run, random() * 80)));
      const log = await openLog(folder);
      const bodies = await readTexts(log);
      const ids = bodies.map((body) => body.slice(0, body.indexOf(' ')));
      expect(new Set(ids).size).toBe(ids.length);
      const read = new Set(ids);
      expect(acknowledged.filter((id) => !read.has(id))).toEqual([]);
      expect(bodies).toEqual(ids.map(bodyOf));
      expect([log.damagedBytes, log.missingSegments]).toEqual([0, 0]);
      await log.close();
    }
    expect(acknowledged.length).toBeGreaterThan(8);
  });
});
