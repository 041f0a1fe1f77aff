import { diag } from '@opentelemetry/api';
import { isTallyError, limits, parseSpiffeId, TallyError } from '@tallyspan/facts';
import type { Agent } from 'node:https';
import type { PeerCertificate, Server } from 'node:tls';
import { type Endpoint, readEndpoint } from './endpoint.ts';
import { follow, type Following } from './follow.ts';
import type { WorkloadIdentity, WorkloadIdentityOptions } from './identity.ts';
import { type JwtSvid, JwtSource } from './jwt-source.ts';
import { Listeners } from './listeners.ts';
import { readJwtBundlesResponse, readValidateResponse, writeTexts } from './messages.ts';
import { NO_ANSWER, RpcClient } from './rpc.ts';
import { rpcCodes, RpcError } from '../rpc/rpc-error.ts';
import { chainOf, followingAgent, protectServer, type TlsOptions, tlsOptionsOf } from './tls.ts';
import { type PeerRule, type PeerVerdict, verifyX509Svid } from './verify-x509-svid.ts';
import { X509Source, type X509Svid } from './x509-source.ts';

/**
 * Follows the SPIFFE Workload API of this machine: who this process is, and whom to trust. It never throws, blocks or keeps the process
 * alive; without an agent there is simply no identity. SVIDs are given out until they expire, and never after they were taken away.
 *
 * @example
 * const identity = workloadIdentity();
 * init({ identity });                                             // every span carries the id
 * const { token } = await identity.jwtSvid('https://sts.amazonaws.com');
 */
export function workloadIdentity(options: WorkloadIdentityOptions = {}): WorkloadIdentity {
  return new FollowedIdentity(options);
}

class FollowedIdentity implements WorkloadIdentity {
  readonly #x509 = new X509Source();
  readonly #jwt: JwtSource;
  readonly #listeners = new Listeners();
  readonly #client: RpcClient | undefined;
  readonly #address: string;
  readonly #hint: string | undefined;
  #x509Stream: Following | undefined;
  #jwtStream: Following | undefined;
  #jwtBundles: ReadonlyMap<string, string> = new Map();
  #renewal: NodeJS.Timeout | undefined;
  /** What is wrong with each stream, in the order in which it went wrong. */
  readonly #problems = new Map<string, string>();
  #closed = false;
  /** The default SVID, found once per message: every span asks for its id. */
  #current: X509Svid | undefined;

  constructor({ socket = process.env.SPIFFE_ENDPOINT_SOCKET, hint, svid = true }: WorkloadIdentityOptions) {
    this.#hint = hint;
    this.#address = socket || 'no address';
    this.#jwt = new JwtSource(
      (audience, spiffeId) => {
        const audiences = audience.map((one) => [1, one] as const);
        return this.#ask('FetchJWTSVID', writeTexts(spiffeId === '' ? audiences : [...audiences, [2, spiffeId]]));
      },
      (error) => error instanceof RpcError && error.code === rpcCodes.permissionDenied,
      hint,
    );
    const endpoint = this.#readEndpoint(socket);
    if (endpoint === undefined) return;
    this.#client = new RpcClient(endpoint);
    this.#x509Stream = svid
      ? this.#follow(
          'FetchX509SVID',
          (message) => this.#takeSvids(message),
          () => this.#redact(this.#x509.redactAll()),
        )
      : this.#follow(
          'FetchX509Bundles',
          (message) => this.#complainOf('FetchX509Bundles', this.#x509.takeBundles(message)),
          () => this.#x509.redactAll(),
        );
  }

  get problem(): string | undefined {
    const [first] = this.#problems.values();
    return first;
  }

  get spiffeId(): string | undefined {
    return this.x509Svid()?.spiffeId;
  }

  ready(timeoutMs: number = limits.workloadApiTimeoutMs): Promise<boolean> {
    if (this.x509Svid() !== undefined) return Promise.resolve(true);
    if (this.#client === undefined || this.#closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (found: boolean) => {
        clearTimeout(timer);
        stop();
        resolve(found);
      };
      // Somebody waits: this timer holds the process, which the connection never does.
      const timer = setTimeout(() => end(false), timeoutMs);
      const stop = this.#listeners.add(() => {
        if (this.x509Svid() !== undefined) end(true);
      });
    });
  }

  x509Svid(): X509Svid | undefined {
    const svid = this.#current;
    return svid !== undefined && Date.now() <= svid.expiresAt ? svid : this.#pick();
  }

  x509Svids(): readonly X509Svid[] {
    return this.#x509.svids();
  }

  x509Bundles(): ReadonlyMap<string, readonly Buffer[]> {
    return new Map([...this.#x509.bundles].map(([domain, authorities]) => [domain, authorities.map(({ der }) => der)]));
  }

  async jwtSvid(audience: string | readonly string[], { spiffeId = '' } = {}): Promise<JwtSvid> {
    try {
      const audiences = typeof audience === 'string' ? [audience] : audience;
      if (audiences.length === 0 || audiences.includes('')) throw new Error('no audience was given');
      return await this.#jwt.get(audiences, spiffeId);
    } catch (error) {
      throw this.#failure('a JWT-SVID', error);
    }
  }

  jwtBundles(): ReadonlyMap<string, string> {
    if (this.#jwtStream === undefined && this.#client !== undefined && !this.#closed)
      this.#jwtStream = this.#follow(
        'FetchJWTBundles',
        (message) => (this.#jwtBundles = readJwtBundles(message)),
        () => (this.#jwtBundles = new Map()),
      );
    return this.#jwtBundles;
  }

  async validateJwtSvid(
    token: string,
    audience: string,
  ): Promise<{ spiffeId: string; claims: Record<string, unknown> }> {
    try {
      const request = writeTexts([[1, audience], [2, token]]); // prettier-ignore
      const validated = readValidateResponse(await this.#ask('ValidateJWTSVID', request));
      if (!parseSpiffeId(validated.spiffeId)?.path) throw new Error('it answers with no SPIFFE id');
      return validated;
    } catch (error) {
      throw this.#failure('the validation of a JWT-SVID', error);
    }
  }

  verifyPeer(chain: readonly Uint8Array[] | PeerCertificate, rule: PeerRule): PeerVerdict {
    const { bundles, revocations } = this.#x509;
    return verifyX509Svid(chainOf(chain), bundles, rule, { revocations });
  }

  tlsOptions(rule: PeerRule): TlsOptions {
    const svid = this.x509Svid();
    if (svid === undefined) throw new TallyError('SVID_MISSING', { address: this.#address });
    return tlsOptionsOf(svid, this.#x509.bundles, (certificate) => this.verifyPeer(certificate, rule));
  }

  httpsAgent(rule: PeerRule): Agent {
    return followingAgent(() => this.tlsOptions(rule));
  }

  protect(server: Server, rule: PeerRule): void {
    const stop = protectServer(server, {
      verify: (certificate) => this.verifyPeer(certificate, rule),
      options: () => (this.x509Svid() === undefined ? undefined : this.tlsOptions(rule)),
      subscribe: (listener) => this.subscribe(listener),
    });
    server.once('close', stop);
  }

  subscribe(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#renewal);
    this.#x509Stream?.close();
    this.#jwtStream?.close();
    this.#client?.close();
  }

  #readEndpoint(socket: string | undefined): Endpoint | undefined {
    if (!socket) {
      this.#complain('address', 'SPIFFE_ENDPOINT_SOCKET is not set');
      return undefined;
    }
    try {
      return readEndpoint(socket);
    } catch (error) {
      this.#complain('address', (error as Error).message);
      return undefined;
    }
  }

  /** Follows a stream. `deny` forgets what it gave. */
  #follow(method: string, take: (message: Buffer) => void, deny: () => void): Following {
    return follow(this.#client!, method, {
      onMessage: (message) => {
        this.#problems.delete(method);
        take(message);
        this.#listeners.tell();
      },
      onFailure: (error, isFinal) => {
        this.#complain(method, `${method}: ${error.message}${isFinal ? '; it is not asked again' : ''}`);
        if (error.code !== rpcCodes.permissionDenied) return;
        deny();
        this.#current = undefined;
        this.#listeners.tell();
      },
    });
  }

  #takeSvids(message: Buffer): void {
    const { redacted, problem } = this.#x509.takeSvids(message);
    this.#redact(redacted);
    const svid = this.#pick();
    this.#complainOf('FetchX509SVID', problem);
    if (svid !== undefined) this.#renewLater(svid);
  }

  #redact(spiffeIds: readonly string[]): void {
    this.#current = undefined;
    this.#jwt.redact(spiffeIds);
  }

  #pick(): X509Svid | undefined {
    const svids = this.#x509.svids();
    this.#current = this.#hint === undefined ? svids[0] : svids.find(({ hint }) => hint === this.#hint);
    return this.#current;
  }

  /**
   * A server pushes a new SVID when half the life of the old one is over. When it has not done so well after that, perhaps nobody is
   * at the other end any more: the stream is opened anew.
   */
  #renewLater({ expiresAt }: X509Svid): void {
    clearTimeout(this.#renewal);
    const lifeMs = expiresAt - Date.now();
    const ms = Math.min(lifeMs * (0.7 + Math.random() / 10), limits.timerMsMax);
    this.#renewal = setTimeout(() => this.#x509Stream?.renew(), Math.max(ms, limits.workloadApiTimeoutMs));
    this.#renewal.unref();
  }

  /** A unary call, for which somebody waits. */
  #ask(method: string, request: Buffer): Promise<Buffer> {
    const client = this.#client;
    if (client === undefined || this.#closed)
      return Promise.reject(new Error(this.#closed ? 'it was closed' : this.problem));
    return new Promise((resolve, reject) => {
      let answer: Buffer | undefined;
      const timer = setTimeout(() => {
        cancel();
        client.hangUp();
        reject(new RpcError(rpcCodes.deadlineExceeded, NO_ANSWER));
      }, limits.workloadApiTimeoutMs);
      const cancel = client.call(method, request, {
        onMessage: (message) => (answer = message),
        onEnd: (error) => {
          clearTimeout(timer);
          if (error === undefined && answer !== undefined) resolve(answer);
          else reject(error ?? new RpcError(rpcCodes.internal, 'it answers without a message'));
        },
      });
    });
  }

  #failure(what: string, error: unknown): TallyError {
    if (isTallyError(error)) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new TallyError('WORKLOAD_API_FAILED', { address: this.#address, what, reason }, error);
  }

  #complainOf(stream: string, problem: string | undefined): void {
    if (problem !== undefined) this.#complain(stream, problem);
  }

  /** One line for each new cause, through OpenTelemetry's logger, which is silent unless the user turns it on. */
  #complain(stream: string, problem: string): void {
    if (this.#problems.get(stream) !== problem)
      diag.warn(`tallyspan: SPIFFE Workload API at ${this.#address}: ${problem}`);
    this.#problems.set(stream, problem);
  }
}

/** Trust domain → JWK set. What is no id of a trust domain is left out. */
function readJwtBundles(message: Buffer): Map<string, string> {
  const bundles = new Map<string, string>();
  for (const [key, document] of readJwtBundlesResponse(message)) {
    const id = parseSpiffeId(key);
    if (id?.path === '') bundles.set(id.trustDomain, document.toString('utf8'));
  }
  return bundles;
}
