/** A ClickHouse of our own for tests and benchmarks: a real process with real HTTP, on free ports, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findClickhouse } from './clickhouse.ts';

export interface ClickhouseEngine {
  /** `http://127.0.0.1:12345` */
  url: string;
  /** The folder of its data. */
  path: string;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts again on the same data and the same ports after {@link kill}. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** Ready in a fraction of a second; slower when others use the machine. */
const readyMsMax = 60_000;
const memoryBytesMax = 2 * 1024 ** 3;

export async function startClickhouse(): Promise<ClickhouseEngine> {
  const [engine] = await startCluster(1);
  return engine!;
}

/** The cluster's name in the configuration of its nodes. */
export const clusterName = 'tally';

/** Some nodes that know each other as the shards of the cluster {@link clusterName}. None can do what takes a Keeper. */
export async function startCluster(nodes: number): Promise<ClickhouseEngine[]> {
  const ports = await freePorts(nodes * 2);
  const tcpPorts = ports.slice(nodes);
  return Promise.all(
    tcpPorts.map((tcpPort, node) => startNode({ httpPort: ports[node]!, tcpPort, shard: node + 1, tcpPorts })),
  );
}

interface Node {
  httpPort: number;
  tcpPort: number;
  shard: number;
  tcpPorts: readonly number[];
}

async function startNode(node: Node): Promise<ClickhouseEngine> {
  const binary = findClickhouse();
  if (!binary) throw new Error('No ClickHouse: run "node tools/ensure-clickhouse.ts" once.');
  const folder = await mkdtemp(join(tmpdir(), 'tallyspan-clickhouse-'));
  const path = join(folder, 'data');
  await writeFile(join(folder, 'config.xml'), configuration(node));
  const url = `http://127.0.0.1:${node.httpPort}`;
  let child = await launch();

  async function launch(): Promise<ChildProcess> {
    const started = spawn(
      binary!.launcher,
      [
        binary!.library,
        ...[`--path=${path}`, `--config-file=${join(folder, 'config.xml')}`, '--listen_host=127.0.0.1'],
        ...[`--http_port=${node.httpPort}`, `--tcp_port=${node.tcpPort}`],
        // It serves for as long as it waits for its standard input, which ends when we close it, or end ourselves.
        ...['--structure', 'line String', '--input-format', 'LineAsString'],
        ...['--query', 'SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; SELECT count() FROM table FORMAT Null'],
      ],
      { stdio: ['pipe', 'ignore', openSync(join(folder, 'stderr'), 'a')] },
    );
    await untilReady(url, started, join(folder, 'stderr'));
    return started;
  }

  return {
    url,
    path,
    kill: () => kill(child),
    async restart() {
      // What the killed process had is a file that says so, and it would refuse to start.
      await rm(join(path, 'status'), { force: true });
      child = await launch();
    },
    async close() {
      await kill(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function untilReady(url: string, child: ChildProcess, stderrFile: string): Promise<void> {
  const deadline = Date.now() + readyMsMax;
  for (;;) {
    const answer = await fetch(`${url}/ping`).catch(() => undefined);
    if (answer?.ok) return;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (!hasEnded && Date.now() < deadline) {
      await sleep(25);
      continue;
    }
    child.kill('SIGKILL');
    throw new Error(`ClickHouse ${hasEnded ? 'ended' : 'is not ready'}: ${await readFile(stderrFile, 'utf8')}`);
  }
}

function configuration({ shard, tcpPorts }: Node): string {
  const shards = tcpPorts.map(
    (port) =>
      `<shard><internal_replication>true</internal_replication>
        <replica><host>127.0.0.1</host><port>${port}</port></replica></shard>`,
  );
  return `<clickhouse>
    <logger><level>none</level></logger>
    <max_server_memory_usage>${memoryBytesMax}</max_server_memory_usage>
    <macros><shard>${shard}</shard><replica>one</replica></macros>
    <remote_servers><${clusterName}>${shards.join('')}</${clusterName}></remote_servers>
  </clickhouse>`;
}

/** Free at this moment; all are held until the last is found, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
