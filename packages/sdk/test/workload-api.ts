/**
 * A SPIFFE agent for tests: the Workload API over a Unix socket or TCP, spoken by `@grpc/grpc-js` with messages as the standard numbers
 * them. What it answers is set from outside, and can be as wrong as one likes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  loadPackageDefinition,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceClientConstructor,
  status,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import type { Authority, Issued } from './authority.ts';

const text = (id: number) => ({ type: 'string', id });
const bytes = (id: number) => ({ type: 'bytes', id });
const many = (type: string, id: number) => ({ rule: 'repeated', type, id });
const byTrustDomain = (id: number) => ({ keyType: 'string', type: 'bytes', id });
const message = <Fields extends object>(fields: Fields) => ({ fields });

const kinds = ['nullValue', 'numberValue', 'stringValue', 'boolValue', 'structValue', 'listValue'];
const struct = {
  Struct: message({ fields: { keyType: 'string', type: 'Value', id: 1 } }),
  NullValue: { values: { NULL_VALUE: 0 } },
  ListValue: message({ values: many('Value', 1) }),
  Value: {
    oneofs: { kind: { oneof: kinds } },
    ...message({
      nullValue: { type: 'NullValue', id: 1 },
      numberValue: { type: 'double', id: 2 },
      stringValue: text(3),
      boolValue: { type: 'bool', id: 4 },
      structValue: { type: 'Struct', id: 5 },
      listValue: { type: 'ListValue', id: 6 },
    }),
  },
};

/** https://github.com/spiffe/spiffe/blob/main/standards/workloadapi.proto: numbers and types. */
const definition = {
  nested: {
    X509SVIDRequest: message({}),
    X509SVIDResponse: message({
      svids: many('X509SVID', 1),
      crl: many('bytes', 2),
      federatedBundles: byTrustDomain(3),
    }),
    X509SVID: message({
      spiffeId: text(1),
      x509Svid: bytes(2),
      x509SvidKey: bytes(3),
      bundle: bytes(4),
      hint: text(5),
    }),
    X509BundlesRequest: message({}),
    X509BundlesResponse: message({ crl: many('bytes', 1), bundles: byTrustDomain(2) }),
    JWTSVIDRequest: message({ audience: many('string', 1), spiffeId: text(2) }),
    JWTSVIDResponse: message({ svids: many('JWTSVID', 1) }),
    JWTSVID: message({ spiffeId: text(1), svid: text(2), hint: text(3) }),
    JWTBundlesRequest: message({}),
    JWTBundlesResponse: message({ bundles: byTrustDomain(1) }),
    ValidateJWTSVIDRequest: message({ audience: text(1), svid: text(2) }),
    ValidateJWTSVIDResponse: message({ spiffeId: text(1), claims: { type: 'google.protobuf.Struct', id: 2 } }),
    google: { nested: { protobuf: { nested: struct } } },
    SpiffeWorkloadAPI: {
      methods: {
        FetchX509SVID: { requestType: 'X509SVIDRequest', responseType: 'X509SVIDResponse', responseStream: true },
        FetchX509Bundles: {
          requestType: 'X509BundlesRequest',
          responseType: 'X509BundlesResponse',
          responseStream: true,
        },
        FetchJWTSVID: { requestType: 'JWTSVIDRequest', responseType: 'JWTSVIDResponse' },
        FetchJWTBundles: { requestType: 'JWTBundlesRequest', responseType: 'JWTBundlesResponse', responseStream: true },
        ValidateJWTSVID: { requestType: 'ValidateJWTSVIDRequest', responseType: 'ValidateJWTSVIDResponse' },
      },
    },
  },
};
const service = (
  loadPackageDefinition(fromJSON(definition as Parameters<typeof fromJSON>[0]))[
    'SpiffeWorkloadAPI'
  ] as ServiceClientConstructor
).service;

export const codes = status;

type StreamMethod = 'FetchX509SVID' | 'FetchX509Bundles' | 'FetchJWTBundles';
type Stream = ServerWritableStream<object, object>;
/** A message, a gRPC status, or nothing at all. */
export type Answer = object | { code: number; details?: string } | 'silence';

export interface JwtRequest {
  audience: string[];
  spiffeId: string;
}

export interface WorkloadApi {
  /** What SPIFFE_ENDPOINT_SOCKET would say. */
  address: string;
  /** What a stream begins with, and what those that are open are told now. */
  push(method: StreamMethod, answer: Answer): void;
  jwtSvid: (request: JwtRequest) => Promise<Answer> | Answer;
  validate: (request: { audience: string; svid: string }) => Answer;
  /** Calls by method, since the start. */
  calls: Record<string, number>;
  /** Streams that are open now. */
  open(method: StreamMethod): number;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops, and removes the socket. */
  remove(): Promise<void>;
}

export async function startWorkloadApi({ tcp = false } = {}): Promise<WorkloadApi> {
  const directory = await mkdtemp(join(tmpdir(), 'tallyspan-workload-api-'));
  let address = tcp ? '127.0.0.1:0' : `unix:${join(directory, 'agent.sock')}`;
  let server: Server | undefined;
  const streams: Record<StreamMethod, Set<Stream>> = {
    FetchX509SVID: new Set(),
    FetchX509Bundles: new Set(),
    FetchJWTBundles: new Set(),
  };
  const state: Record<StreamMethod, Answer> = {
    FetchX509SVID: { code: status.PERMISSION_DENIED },
    FetchX509Bundles: { code: status.PERMISSION_DENIED },
    FetchJWTBundles: { code: status.PERMISSION_DENIED },
  };

  const say = (stream: Stream, answer: Answer) => {
    if (answer === 'silence') return;
    if ('code' in answer) stream.emit('error', answer);
    else stream.write(answer);
  };
  /** Every Workload API refuses calls without this header. */
  const refusal = (call: { metadata: { get(key: string): unknown[] } }) =>
    call.metadata.get('workload.spiffe.io')[0] === 'true'
      ? undefined
      : { code: status.INVALID_ARGUMENT, details: 'security header missing from request' };
  const follow = (method: StreamMethod) => (stream: Stream) => {
    api.calls[method] = (api.calls[method] ?? 0) + 1;
    const refused = refusal(stream);
    if (refused) return say(stream, refused);
    streams[method].add(stream);
    stream.on('cancelled', () => streams[method].delete(stream));
    stream.on('close', () => streams[method].delete(stream));
    say(stream, state[method]);
  };
  const unary =
    <Request>(method: string, answerOf: (request: Request) => Promise<Answer> | Answer) =>
    async (call: ServerUnaryCall<Request, object>, done: sendUnaryData<object>) => {
      api.calls[method] = (api.calls[method] ?? 0) + 1;
      const answer = refusal(call) ?? (await answerOf(call.request));
      if (answer === 'silence') return;
      if ('code' in answer) done(answer);
      else done(null, answer);
    };

  const start = async () => {
    server = new Server();
    server.addService(service, {
      FetchX509SVID: follow('FetchX509SVID'),
      FetchX509Bundles: follow('FetchX509Bundles'),
      FetchJWTBundles: follow('FetchJWTBundles'),
      FetchJWTSVID: unary<JwtRequest>('FetchJWTSVID', (request) => api.jwtSvid(request)),
      ValidateJWTSVID: unary<{ audience: string; svid: string }>('ValidateJWTSVID', (asked) => api.validate(asked)),
    });
    const port = await new Promise<number>((resolve, reject) => {
      server!.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    if (tcp) address = `127.0.0.1:${port}`;
    api.address = tcp ? `tcp://${address}` : address.replace('unix:', 'unix://');
  };
  const stop = async () => {
    server?.forceShutdown();
    server = undefined;
    for (const open of Object.values(streams)) open.clear();
    await rm(join(directory, 'agent.sock'), { force: true });
  };
  const api: WorkloadApi = {
    address: '',
    push: (method, answer) => {
      state[method] = answer;
      for (const stream of streams[method]) say(stream, answer);
    },
    jwtSvid: () => ({ code: status.PERMISSION_DENIED }),
    validate: () => ({ code: status.INVALID_ARGUMENT }),
    calls: {},
    open: (method) => streams[method].size,
    stop,
    start,
    remove: async () => {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await start();
  return api;
}

/** One SVID of a message. */
export function svidMessage(authority: Authority, path: string, { certificates, key }: Issued, hint = ''): object {
  return {
    spiffeId: `spiffe://${authority.trustDomain}${path}`,
    x509Svid: Buffer.concat(certificates),
    x509SvidKey: key.export({ type: 'pkcs8', format: 'der' }),
    bundle: authority.der,
    hint,
  };
}
