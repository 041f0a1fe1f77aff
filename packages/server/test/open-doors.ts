/** The two doors of OTLP alone, HTTP and gRPC, with a log in memory behind them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '@tallyspan/facts';
import { Backlog } from '../src/backlog.ts';
import { createGrpcServer } from '../src/grpc/grpc-server.ts';
import { createIngest } from '../src/ingest.ts';
import { grpcClient } from './grpc-call.ts';
import { MemoryLog } from './memory-log.ts';
import type { Doors } from './transports.ts';

export interface OpenDoors extends Doors {
  log: MemoryLog;
  /** What the operator was told. */
  told: string[];
  /** Bytes that wait to be stored: set it to see what a server does that cannot keep up. */
  waiting: number;
  close(): Promise<void>;
}

export async function openDoors(backlogBytesMax: number = limits.ingestBacklogBytesMax): Promise<OpenDoors> {
  const log = new MemoryLog();
  const told: string[] = [];
  const options = {
    log,
    backlog: new Backlog({ bytesAfter: () => open.waiting }, { segment: 0, offset: 0 }, backlogBytesMax),
    dataDir: '/data',
    onLogged: () => {},
    onWrite: () => {},
    report: (line: string) => told.push(line),
  };
  const ingest = createIngest(options);
  const http = createServer((request, response) => ingest(request, response));
  const { server: grpcServer, close: closeGrpc } = createGrpcServer(options);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => grpcServer.listen(0, '127.0.0.1', resolve));
  const grpc = grpcClient((grpcServer.address() as AddressInfo).port);
  const open: OpenDoors = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    grpc,
    log,
    told,
    waiting: 0,
    async close() {
      grpc.close();
      await closeGrpc();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return open;
}
