import { limits } from '@tallyspan/facts';
import type { LogPosition, Questions, Store } from '../store.ts';
import { Gate } from '../gate.ts';
import { addSpans } from './add-spans.ts';
import { checkName, readAddress } from './address.ts';
import { Connection } from './connection.ts';
import { listDays } from './days.ts';
import { deleteSpans, repairSummaries } from './delete-spans.ts';
import { findKin } from './find-kin.ts';
import { sumCosts } from './query-costs.ts';
import { countKeys, countScanners, countValues, groupSpans } from './query-groups.ts';
import { outlineSpans } from './query-outline.ts';
import { listSpans } from './query-spans.ts';
import { listTraces, readTrace, readTraceSummary } from './query-traces.ts';
import { purgeDeleted } from './purge.ts';
import { Position } from './position.ts';
import { replaceSpans } from './replace-spans.ts';
import { prepareSchema } from './schema.ts';

export interface ClickhouseOptions {
  /** `clickhouse://user:password@host:8123/database`. The database is made when it is missing; default `tallyspan`. */
  url: string;
  /** A cluster of the server's configuration: tables are made on all of its servers. Default: this one server. */
  cluster?: string;
  /** Whose ingest log the position is about. Replicas of the server share everything else. Default `main`. */
  replica?: string;
  /** Stored spans that one batch is settled with. Default `limits.kinSpansMax`. */
  kinSpansMax?: number;
}

/** Opens a store in ClickHouse. Throws BAD_OPTION or CLICKHOUSE_UNUSABLE. */
export async function openClickhouseStore(options: ClickhouseOptions): Promise<Store> {
  const { cluster, replica = 'main', kinSpansMax = limits.kinSpansMax } = options;
  const address = readAddress(options.url);
  if (cluster !== undefined) checkName('--cluster', cluster, 'cluster');
  const { database, url } = address;
  // Before our database is there one can only ask in another.
  const server = new Connection({ ...address, database: 'default' });
  const connection = new Connection(address);
  const place = { database, ...(cluster !== undefined && { cluster }) };
  const writers = new Gate(1);
  const position = new Position(connection, replica);
  let settled: LogPosition | undefined;
  try {
    settled = await connection.explaining(async () => {
      await prepareSchema(connection, server, place, url);
      return position.read();
    });
  } catch (error) {
    await connection.close();
    throw error;
  } finally {
    await server.close();
  }

  return {
    add: (spans, after, onNew) =>
      writers.run(async () => {
        const { fresh, ...answer } = await addSpans(connection, spans);
        onNew?.(fresh);
        // Only now: what the position says must be there.
        if (after) await position.write(after);
        settled = after ?? settled;
        return answer;
      }),
    kin: (traceIds) => findKin(connection, traceIds, kinSpansMax),
    replace: (replacements) => writers.run(() => replaceSpans(connection, replacements)),
    position: () => position.read(),
    // What was inserted is on disk there.
    settledPosition: () => settled,
    ...questions(connection),
    within: (msMax) => questions(connection.within(msMax)),
    deleteSpans: (filter) => writers.run(() => deleteSpans(connection, place, filter)),
    purge: (deletedMs) => purgeDeleted(connection, place, deletedMs),
    repair: () => repairSummaries(connection, place),
    days: (withBytes) => listDays(connection, withBytes),
    async stats() {
      const parts = cluster === undefined ? 'system.parts' : `cluster('${cluster}', system.parts)`;
      const [row] = await connection.query(
        `SELECT (SELECT count() FROM spans FINAL WHERE NOT gone) AS spans, (SELECT count() FROM summaries FINAL WHERE whole) AS traces,
           (SELECT sum(bytes_on_disk) FROM ${parts} WHERE active AND database = {database:String}) AS bytes`,
        { database },
      );
      return { spans: Number(row!.spans), traces: Number(row!.traces), bytes: Number(row!.bytes) };
    },
    async close() {
      await writers.run(() => connection.close());
    },
  };
}

function questions(connection: Connection): Questions {
  return {
    traces: (filter, page) => listTraces(connection, filter, page),
    trace: (traceId, tenant) => readTrace(connection, traceId, tenant),
    traceSummary: (traceId, tenant) => readTraceSummary(connection, traceId, tenant),
    costs: (by, filter) => sumCosts(connection, by, filter),
    spans: (filter, page) => listSpans(connection, filter, page),
    outline: (filter) => outlineSpans(connection, filter),
    groups: (question) => groupSpans(connection, question),
    values: (of, prefix, filter, limit) => countValues(connection, of, prefix, filter, limit),
    attributeKeys: (of, prefix, filter, limit) => countKeys(connection, of, prefix, filter, limit),
    scanners: (filter, limit) => countScanners(connection, filter, limit),
  };
}
