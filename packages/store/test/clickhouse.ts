import { beforeAll, afterAll, onTestFinished } from 'vitest';
import { clusterName, startCluster, type ClickhouseEngine } from '../../../tools/clickhouse-engine.ts';
import { openClickhouseStore, type ClickhouseOptions, type Store } from '../src/index.ts';

let databases = 0;

/** A ClickHouse for all tests of a file; each test takes a database of its own in it. */
export function clickhouseForTests(nodes = 1): {
  engines: () => ClickhouseEngine[];
  /** `clickhouse://…/a_new_database` */
  newUrl: () => string;
} {
  let engines: ClickhouseEngine[] = [];
  beforeAll(async () => {
    engines = await startCluster(nodes);
  }, 120_000);
  afterAll(() => Promise.all(engines.map((engine) => engine.close())));
  return {
    engines: () => engines,
    newUrl: () => `${engines[0]!.url.replace('http:', 'clickhouse:')}/test_${(databases += 1)}`,
  };
}

/** Closed when the test is over. */
export async function openForTest(options: ClickhouseOptions): Promise<Store> {
  const store = await openClickhouseStore(options);
  onTestFinished(() => store.close());
  return store;
}

export { clusterName };
