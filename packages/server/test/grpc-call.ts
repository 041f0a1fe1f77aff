/** A stock gRPC client: `@grpc/grpc-js`, with messages as bytes. */
import { Client, credentials, Metadata, type ServiceError, type ClientOptions } from '@grpc/grpc-js';

export type GrpcSignal = 'trace' | 'metrics' | 'logs';

export interface GrpcOutcome {
  /** google.rpc.Code; 0 is fine. */
  code: number;
  message: string;
  /** The answer, when there is one. */
  body: Buffer | undefined;
  /** `grpc-status-details-bin`: a google.rpc.Status. */
  details: Buffer | undefined;
}

const services: Record<GrpcSignal, string> = { trace: 'Trace', metrics: 'Metrics', logs: 'Logs' };

export interface GrpcClient {
  export(
    body: Uint8Array,
    options?: { signal?: GrpcSignal; gzip?: boolean; path?: string; metadata?: Metadata; deadline?: Date },
  ): Promise<GrpcOutcome>;
  close(): void;
}

export function grpcClient(port: number, clientOptions: ClientOptions = {}): GrpcClient {
  const make = (gzip: boolean) =>
    new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.max_send_message_length': -1,
      ...(gzip && { 'grpc.default_compression_algorithm': 2 }),
      ...clientOptions,
    });
  const clients = [make(false), make(true)] as const;
  const asIs = (bytes: Buffer) => bytes;
  return {
    export: (body, { signal = 'trace', gzip = false, path, metadata = new Metadata(), deadline } = {}) => {
      const method = path ?? `/opentelemetry.proto.collector.${signal}.v1.${services[signal]}Service/Export`;
      return new Promise((resolve) => {
        clients[gzip ? 1 : 0].makeUnaryRequest(
          method,
          asIs,
          asIs,
          Buffer.from(body),
          metadata,
          deadline ? { deadline } : {},
          (error: ServiceError | null, answer?: Buffer) =>
            resolve({
              code: error?.code ?? 0,
              message: error?.details ?? '',
              body: answer,
              details: error?.metadata.get('grpc-status-details-bin')[0] as Buffer | undefined,
            }),
        );
      });
    },
    close: () => clients.forEach((client) => client.close()),
  };
}
