import { describe, expect, it, vi } from 'vitest';
import { openClickhouseStore } from '../index.ts';
import { makeCall } from '../../test/make-span.ts';
import { kinContract } from '../../test/kin-contract.ts';
import { storeContract, type StoreUnderTest } from '../../test/contract.ts';
import { clickhouseForTests, clusterName, openForTest } from '../../test/clickhouse.ts';
import { createDatabase, createTables, createVersionTable, type Place } from './ddl.ts';
import { newestSchema } from './schema.ts';

vi.setConfig({ testTimeout: 60_000 });

const { engines, newUrl } = clickhouseForTests(2);

/** The statements of {@link Place}, each as one line. */
function statementsOf(place: Place): string[] {
  return [createDatabase(place), ...createVersionTable(place), ...createTables(place)].map((statement) =>
    statement.replace(/\s+/g, ' '),
  );
}

async function run(node: number, sql: string): Promise<string> {
  const response = await fetch(engines()[node]!.url, { method: 'POST', body: sql });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

/**
 * These nodes have no Keeper, which is what runs a statement on all servers of a cluster and copies rows between replicas. So each gets
 * the statements itself, with tables that do not replicate; what spreads and gathers the rows is the same.
 */
async function makeTables(database: string): Promise<void> {
  for (const node of engines().keys())
    for (const statement of statementsOf({ database, cluster: clusterName }))
      await run(
        node,
        statement
          .replace(` ON CLUSTER \`${clusterName}\``, '')
          .replace(/Replicated(\w*MergeTree)\('[^']*', '\{replica\}'(?:, )?/, '$1('),
      );
  await run(0, `INSERT INTO ${database}.schema_version_local VALUES (${newestSchema})`);
}

async function openOnTwoShards(options?: { kinSpansMax: number }): Promise<StoreUnderTest> {
  const url = newUrl();
  await makeTables(new URL(url).pathname.slice(1));
  const open = () => openForTest({ url, cluster: clusterName, ...options });
  return { store: await open(), reopen: open };
}

storeContract('ClickHouse, two shards', () => openOnTwoShards());
kinContract('ClickHouse, two shards', async (options) => (await openOnTwoShards(options)).store);

describe('a cluster of ClickHouse', () => {
  it('has the spans of a trace on one server, and different traces on all', async () => {
    const url = newUrl();
    const database = new URL(url).pathname.slice(1);
    await makeTables(database);
    const store = await openForTest({ url, cluster: clusterName });
    await store.add(Array.from({ length: 200 }, (_, index) => makeCall({ trace: 1 + (index >> 1), span: index + 1 })));
    const counts = async (node: number) =>
      JSON.parse(
        await run(
          node,
          `SELECT count() AS spans, uniqExact(trace_id) * 2 AS ofTraces FROM ${database}.spans_local
          FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0`,
        ),
      ) as { spans: number; ofTraces: number };
    const [one, two] = [await counts(0), await counts(1)];
    expect(one.spans + two.spans).toBe(200);
    expect([one.spans, two.spans].every((spans) => spans > 20)).toBe(true);
    expect([one.spans, two.spans]).toEqual([one.ofTraces, two.ofTraces]);
  });

  it('gets replicated tables on each server, with macros for shard and replica, and tables in front that spread rows', async () => {
    const statements = statementsOf({ database: 'traces_of_us', cluster: 'my-cluster' });
    const only = (name: string) => statements.filter((statement) => statement.includes(`.${name}`)).map(shortened);
    expect([statements[0], ...only('runs')]).toMatchInlineSnapshot(`
      [
        "CREATE DATABASE IF NOT EXISTS \`traces_of_us\` ON CLUSTER \`my-cluster\`",
        "CREATE TABLE IF NOT EXISTS \`traces_of_us\`.runs_local ON CLUSTER \`my-cluster\` ("run_key" FixedString(16), "tenant" String, "agent" String, "run_id" String, "start_nanos" Int64, "arrived" UInt64 DEFAULT toUnixTimestamp64Nano(now64(9)) CODEC(Delta(8), ZSTD(1)), "version" UInt64 DEFAULT 9223372036854775807 - arrived CODEC(Delta(8), ZSTD(1))) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/traces_of_us/runs', '{replica}', version) ORDER BY (tenant, agent, run_key) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_bytes_for_wide_part = 268435456",
        "CREATE TABLE IF NOT EXISTS \`traces_of_us\`.runs ON CLUSTER \`my-cluster\` AS \`traces_of_us\`.runs_local ENGINE = Distributed(\`my-cluster\`, \`traces_of_us\`, runs_local, cityHash64(tenant, agent))",
      ]
    `);
    // The engine's own parser has the last word on all of them.
    for (const statement of statements)
      expect(await run(0, `SELECT formatQuerySingleLine('${statement.replaceAll("'", "\\'")}')`)).toContain('CREATE');
  });

  it('gets tables whose replicated engine this ClickHouse takes, with all settings and codecs', async () => {
    const url = newUrl();
    const database = new URL(url).pathname.slice(1);
    await run(0, `CREATE DATABASE ${database}`);
    const local = createTables({ database, cluster: clusterName })
      .filter((statement) => statement.includes('_local ON CLUSTER'))
      .map((statement) => statement.replace(` ON CLUSTER \`${clusterName}\``, ''));
    expect(local.length).toBeGreaterThan(3);
    // It knows the engine and reads all of it, and then misses the Keeper that this kind of table is kept together by.
    for (const statement of local) await expect(run(0, statement)).rejects.toThrow(/NO_ZOOKEEPER|ZooKeeper/);
  });

  it('with a name that could not stand in a statement is refused', async () => {
    await expect(openClickhouseStore({ url: newUrl(), cluster: 'a`; DROP DATABASE x' })).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
  });
});

function shortened(statement: string): string {
  return statement.replace(/\("tenant".*?\) ENGINE/, '(…) ENGINE');
}
