/** One port: OTLP/HTTP in, the query API, the page. Another one for OTLP/gRPC. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Server as SocketServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { limits, loadPrices, TallyError } from '@tallyspan/facts';
import { lockDataDir, type LogPosition, logStart, openLog } from '@tallyspan/store';
import { createApp } from './app.ts';
import { type AuthOptions, checkAuth, openAuthority } from './auth/authority.ts';
import { Backlog } from './backlog.ts';
import { Alerts, type AlertsOptions } from './alerts/alerts.ts';
import { Budgets } from './budgets/budgets.ts';
import { Drain } from './drain.ts';
import { Health } from './health.ts';
import { budgetSamples } from './metrics/budget-samples.ts';
import { IngestLag } from './metrics/ingest-lag.ts';
import { ServerMetrics } from './metrics/server-metrics.ts';
import { Connections } from './connections.ts';
import { createGrpcServer } from './grpc/grpc-server.ts';
import { createIngest } from './ingest.ts';
import { describeError, type Report } from './report.ts';
import { type ClickhouseAddress, openObjects, openStore, replicaOf } from './open-store.ts';
import { setAside } from './set-aside.ts';
import { Tail } from './tail.ts';
import { createTaskDoor, isTask } from './tasks/take-tasks.ts';
import { Upkeep } from './upkeep/upkeep.ts';

export interface ServerOptions {
  /** 0 takes a free one. */
  port: number;
  /** Where OTLP/gRPC is taken, on the same host; 0 takes a free one. Default: nowhere. */
  grpcPort?: number;
  /** On another than a loopback address everybody is asked for a key. */
  host: string;
  /** Who is let in. Default: keys, on a loopback address from the first one on. */
  auth?: AuthOptions;
  /** Made when missing. One server at a time. */
  dataDir: string;
  /** Where spans are stored instead of the data folder, which keeps the log only. Several servers may share it. */
  clickhouse?: ClickhouseAddress;
  /** Where messages of alerts may go (by default to public addresses only), and which mail server sends them. */
  alerts?: Pick<AlertsOptions, 'allowPrivate' | 'smtp' | 'mailFrom' | 'everyMs'>;
  /** The built page. Default: the `dist` of the package @tallyspan/ui beside this one. */
  uiDir?: string;
  /** Where lines for the operator go. Default: standard error. */
  report?: Report;
}

export interface RunningServer {
  /** `http://127.0.0.1:4318` */
  url: string;
  port: number;
  /** Undefined when OTLP/gRPC is not taken. */
  grpcPort: number | undefined;
  host: string;
  /** The admin key that was made at this start, when keys are asked for and nobody had one. It is kept nowhere else. */
  adminKey: string | undefined;
  /** All that is kept, as pieces of a tar; see {@link restoreBackup}. Throws BACKUP_FAILED. */
  backup(): Promise<AsyncIterable<Buffer>>;
  /** Takes no more requests, finishes those in flight, stores what the log still has, and lets go of the data folder. */
  close(): Promise<void>;
}

/**
 * Opens the data folder and listens. Throws PORT_TAKEN, BIND_REFUSED, DATA_NOT_WRITABLE, STORE_LOCKED, STORE_UNREADABLE or
 * CLICKHOUSE_UNUSABLE, and then leaves nothing open.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  checkAuth(options.host, options.auth ?? {});
  const closers: (() => Promise<void>)[] = [];
  /** In reverse order; one that fails does not keep the others open. */
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close().catch(() => {});
  };
  try {
    return await start(options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  options: ServerOptions,
  closers: (() => Promise<void>)[],
  closeAll: () => Promise<void>,
): Promise<RunningServer> {
  const { port, host, dataDir, report = (line) => console.error(line) } = options;
  const uiDir = options.uiDir ?? fileURLToPath(new URL('../../ui/dist', import.meta.url));

  // Also finds out whether the folder can be written: now, or the first exporter would.
  closers.push(await lockDataDir(dataDir));
  const store = await openStore(options, report);
  closers.push(() => store.close());
  const objects = await openObjects(options);
  closers.push(() => objects.close());
  const authority = await openAuthority({ ...options.auth, host, dataDir, objects, report });
  closers.push(() => authority.close());
  const after = await store.position();
  const log = await openLog(join(dataDir, 'log'), { ...(after && { after }) });
  closers.push(() => log.close());
  if (log.damagedBytes > 0)
    report(
      `${log.damagedBytes} bytes of the ingest log are damaged; what is left of them lies in ${join(dataDir, 'log')} as *.damaged`,
    );

  const tail = new Tail();
  const backlog = new Backlog(log, after ?? logStart);
  const alerts = new Alerts({ ...options.alerts, objects, store, report });
  const budgets = new Budgets({
    ...{ objects, store, report, shared: options.clickhouse !== undefined },
    onThreshold: (event) => alerts.budgetReached(event),
  });
  await budgets.start();
  closers.push(() => alerts.close());
  closers.push(() => budgets.close());
  alerts.start();
  const lag = new IngestLag();
  const startedMs = performance.now();
  const watched = budgets.watch(store);
  const upkeep = new Upkeep({
    ...{ dataDir, objects, store, log, budgets, audit: authority.audit, report, tables: await loadPrices() },
    replica: options.clickhouse && (await replicaOf(dataDir)),
    drain: {
      get position() {
        return drain.position;
      },
      get setAsideCount() {
        return drain.setAsideCount;
      },
    },
  });
  await upkeep.load();
  const drain: Drain = new Drain({
    log,
    store: {
      ...watched,
      add: (spans, position) => watched.add(spans, position, (fresh) => metrics.stored(fresh)),
    },
    prices: upkeep.prices.prices,
    admit: (span, receivedMs) => upkeep.admit(span, receivedMs),
    setAside: (record, error) => setAside(join(dataDir, 'set-aside'), record, error),
    onSpans: (traceIds, tenantsOf) => tail.publish(traceIds, tenantsOf),
    onDrained: (position) => {
      backlog.drained(position);
      lag.drained(position);
    },
    report,
  });
  const health = new Health(log, drain, backlog);
  const metrics = new ServerMetrics(() => {
    const { ready, backlog: waiting, drain: draining, log: written } = health.readiness();
    return {
      ready,
      backlogBytes: waiting.bytes,
      backlogBytesMax: waiting.bytesMax,
      setAside: draining.setAside,
      damagedBytes: written.damagedBytes,
      tailReaders: tail.readers,
      // What lay in the log at the start has waited at least since then.
      lagMs: draining.caughtUp ? lag.milliseconds : performance.now() - startedMs,
      budgets: budgetSamples(budgets),
    };
  });
  closers.push(async () => metrics.close());
  const intake = {
    log,
    backlog,
    dataDir,
    report,
    quotas: authority.quotas,
    admit: authority.admitSender,
    notBefore: (tenant: string | undefined) => upkeep.retention.notBefore(tenant),
    onLogged: (position: LogPosition) => {
      lag.logged(position);
      drain.notify();
    },
    onAccepted: (bytes: number, spans: number, rejected: number) => metrics.accept(bytes, spans, rejected),
    onRefused: (code: string) => metrics.refuse(code),
    onWrite: (error?: unknown) => health.logWrite(error === undefined ? undefined : describeError(error)),
  };
  const ingest = createIngest(intake);
  const app = createApp({
    store,
    objects,
    authority,
    budgets,
    alerts,
    upkeep,
    tail,
    report,
    health,
    metrics,
    host,
    uiDir,
  });

  const server = createHttpServer(ingest, createTaskDoor(intake), getRequestListener(app.fetch));
  const connections = new Connections(server);
  // Stopped when nothing new can come in any more.
  closers.push(() => drain.stop());
  const address = await listen(server, port, host, '--port');
  closers.push(() => closeServer(server, connections, tail));
  let grpcPort: number | undefined;
  if (options.grpcPort !== undefined) {
    const grpc = createGrpcServer(intake);
    ({ port: grpcPort } = await listen(grpc.server, options.grpcPort, host, '--grpc-port'));
    closers.push(() => grpc.close());
  }
  drain.start();
  closers.push(() => upkeep.close());
  await upkeep.start();
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    grpcPort,
    host,
    adminKey: await authority.ensureAdmin(),
    backup: () => upkeep.backup(),
    close: closeAll,
  };
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** OTLP goes past the framework: it needs the raw request, to refuse a body before reading it. */
function createHttpServer(
  ingest: (request: IncomingMessage, response: ServerResponse, expectsContinue?: boolean) => void,
  tasks: Listener,
  app: Listener,
): Server {
  const server = createServer({
    headersTimeout: limits.requestTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    // How often these are looked at; the default of 30 s would let a slow sender stay three times as long.
    connectionsCheckingInterval: 500,
    keepAliveTimeout: 65_000,
  });
  server.maxConnections = limits.connectionsMax;
  const isOtlp = ({ url = '' }: IncomingMessage) => url === '/v1' || url.startsWith('/v1/');
  server.on('request', (request, response) => {
    if (isOtlp(request)) ingest(request, response);
    else if (isTask(request)) tasks(request, response);
    else app(request, response);
  });
  server.on('checkContinue', (request, response) => {
    if (isOtlp(request)) return ingest(request, response, true);
    response.writeContinue();
    if (isTask(request)) tasks(request, response);
    else app(request, response);
  });
  return server;
}

async function listen(
  server: SocketServer,
  port: number,
  host: string,
  portOption: '--port' | '--grpc-port',
): Promise<AddressInfo> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ port, host }, resolve);
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new TallyError('PORT_TAKEN', { port, host, option: portOption, next: port + 1 }, error);
    const [option, value] = code === 'EACCES' ? [portOption, port] : ['--host', host];
    const fix = 'Start with --port 4318 --grpc-port 4317 --host 127.0.0.1, the defaults.';
    throw new TallyError('BAD_OPTION', { option, value, why: `The system says: ${describeError(error)}.`, fix }, error);
  }
  return server.address() as AddressInfo;
}

/** Requests in flight get their answer; who is still busy after `stopMsMax` is cut off. */
async function closeServer(server: Server, connections: Connections, tail: Tail): Promise<void> {
  tail.close();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that was busy when closing began may be idle, and kept alive, a moment later.
  const sweep = setInterval(() => connections.closeIdle(), 50);
  const cutOff = setTimeout(() => server.closeAllConnections(), limits.stopMsMax);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}
