/** Runs suites that know nothing of where spans are stored once more, with every house of theirs on the true engine of ClickHouse. */
import { afterAll, beforeAll, describe } from 'vitest';
import { type ClickhouseEngine, startClickhouse } from '../tools/clickhouse-engine.ts';
import { storeIn } from './house.ts';

/** Files beside this one, by the names of their suites. Each file's tests are registered once: name it in one place only. */
export function onClickhouse(suites: Record<string, () => Promise<unknown>>): void {
  let engine: ClickhouseEngine | undefined;
  beforeAll(async () => {
    engine = await startClickhouse();
    storeIn(engine);
  });
  afterAll(() => engine?.close());
  for (const [name, load] of Object.entries(suites))
    describe(`${name}, on ClickHouse`, async () => void (await load()));
}
