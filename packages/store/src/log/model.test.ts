import fc from 'fast-check';
import { appendFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { comparePositions, logStart, openLog, type Log, type LogPosition } from '../index.ts';
import { readAll, record, segmentPaths } from '../../test/log-records.ts';
import { tempFolder } from '../../test/temp-folder.ts';

// Disks are slow when others use them, too.
vi.setConfig({ testTimeout: 60_000 });

/** The log as it should be: a list. */
interface Model {
  records: { text: string; position: LogPosition }[];
  trimmed: LogPosition;
  appended: number;
}

interface Real {
  folder: string;
  log: Log;
}

type Action =
  | { do: 'append'; sizes: number[] }
  | { do: 'restart' }
  /** The process dies; `tail` is what an unfinished write left behind. */
  | { do: 'crash'; tail: number[] }
  | { do: 'trim'; to: number }
  | { do: 'read'; from: number };

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        sizes: fc.array(fc.nat(400), { minLength: 1, maxLength: 6 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('crash' as const), tail: fc.array(fc.nat(255), { maxLength: 60 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('trim' as const), to: fc.nat(100) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), from: fc.nat(100) }) },
  ),
  { maxLength: 30 },
);

const segmentBytesMax = 700;
/** Longer in `npm run proof`. */
const RUNS = Number(process.env['LOG_MODEL_RUNS'] ?? 40);
vi.setConfig({ testTimeout: 20_000 + RUNS * 200 });

describe('the ingest log behaves like a list that is cut from the front', () => {
  it('whatever is appended, trimmed, restarted and killed, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(actions, async (list) => {
        const folder = await tempFolder();
        const real: Real = { folder, log: await openLog(folder, { segmentBytesMax }) };
        const model: Model = { records: [], trimmed: logStart, appended: 0 };
        for (const action of list) await run(action, model, real);
        await checkRead(logStart, model, real.log);
        await real.log.close();
      }),
      { numRuns: RUNS },
    );
  });
});

async function run(action: Action, model: Model, real: Real): Promise<void> {
  switch (action.do) {
    case 'append': {
      const texts = action.sizes.map((size) => `${(model.appended += 1)} ${'x'.repeat(size)}`);
      const positions = await Promise.all(texts.map((text) => real.log.append(record(text))));
      for (const [index, text] of texts.entries()) model.records.push({ text, position: positions[index]! });
      expect(positions.toSorted(comparePositions)).toEqual(positions);
      return;
    }
    case 'crash':
      // Nothing is in memory that is not on disk, so an unfinished write is all that tells a kill from a restart.
      await leaveUnfinished(real.folder, action.tail);
      return restart(model, real);
    case 'restart':
      return restart(model, real);
    case 'trim': {
      const to = positionAt(model, action.to);
      if (comparePositions(to, model.trimmed) > 0) model.trimmed = to;
      return real.log.trim(to);
    }
    case 'read':
      return checkRead(positionAt(model, action.from), model, real.log);
  }
}

async function restart(model: Model, real: Real): Promise<void> {
  await real.log.close();
  real.log = await openLog(real.folder, { segmentBytesMax, after: model.trimmed });
}

async function leaveUnfinished(folder: string, tail: readonly number[]): Promise<void> {
  const last = (await segmentPaths(folder)).at(-1);
  if (last !== undefined) await appendFile(last, Uint8Array.from(tail));
}

function positionAt(model: Model, index: number): LogPosition {
  return model.records[index % (model.records.length + 1)]?.position ?? logStart;
}

/** All that was not trimmed is there exactly once and in order; of what was, whole segments may be left, but no gap. */
async function checkRead(from: LogPosition, model: Model, log: Log): Promise<void> {
  const behind = model.records.filter(({ position }) => comparePositions(position, from) > 0);
  const due = behind.filter(({ position }) => comparePositions(position, model.trimmed) > 0);
  const read = (await readAll(log, from)).map(({ position, body }) => ({
    text: Buffer.from(body).toString(),
    position,
  }));
  expect(read.length).toBeGreaterThanOrEqual(due.length);
  expect(read).toEqual(behind.slice(behind.length - read.length));
  expect(log.missingSegments).toBe(0);
}
