/**
 * An OTLP/gRPC receiver for tests, spoken by `@grpc/grpc-js`. What it answers is set from outside. Messages are kept as bytes; a sink of
 * OTLP/HTTP reads the same ones.
 */
import { Metadata, Server, ServerCredentials, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { setTimeout as pause } from 'node:timers/promises';

export interface RpcCall {
  method: string;
  metadata: Record<string, unknown>;
  message: Buffer;
}

/** A code and its metadata, the bytes of an answer, `hang`, or milliseconds to wait before success. */
export type RpcAnswer = { code: number; details?: Buffer } | Buffer | 'hang' | number;

export interface RpcSink {
  /** `127.0.0.1:40123` */
  address: string;
  calls: RpcCall[];
  answers: RpcAnswer[];
  /** What is answered when nothing is in the queue. Default: success. */
  always: RpcAnswer | undefined;
  close(): Promise<void>;
}

const bytes = (message: Buffer) => message;

export async function startRpcSink(credentials = ServerCredentials.createInsecure(), port = 0): Promise<RpcSink> {
  const server = new Server();
  const service = (signal: string, name: string) => {
    const path = `/opentelemetry.proto.collector.${signal}.v1.${name}/Export`;
    const implementation: UntypedServiceImplementation = {
      export(call: { metadata: Metadata; request: Buffer }, done: (error: object | null, answer?: Buffer) => void) {
        sink.calls.push({ method: path, metadata: call.metadata.getMap(), message: call.request });
        void answer(sink.answers.shift() ?? sink.always ?? 0, done);
      },
    };
    server.addService(
      {
        export: {
          path,
          requestStream: false,
          responseStream: false,
          requestSerialize: bytes,
          requestDeserialize: bytes,
          responseSerialize: bytes,
          responseDeserialize: bytes,
        },
      },
      implementation,
    );
  };
  service('trace', 'TraceService');
  service('metrics', 'MetricsService');

  async function answer(given: RpcAnswer, done: (error: object | null, answer?: Buffer) => void): Promise<void> {
    if (given === 'hang') return;
    if (Buffer.isBuffer(given)) return done(null, given);
    if (typeof given === 'object') {
      const metadata = new Metadata();
      if (given.details) metadata.set('grpc-status-details-bin', given.details);
      return done({ code: given.code, details: status[given.code], metadata });
    }
    await pause(given);
    done(null, Buffer.alloc(0));
  }

  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, at) => (error ? reject(error) : resolve(at))),
  );
  const sink: RpcSink = {
    address: `127.0.0.1:${bound}`,
    calls: [],
    answers: [],
    always: undefined,
    close: async () => server.forceShutdown(),
  };
  return sink;
}
