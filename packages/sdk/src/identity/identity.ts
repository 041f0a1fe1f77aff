import type { Agent } from 'node:https';
import type { PeerCertificate, Server } from 'node:tls';
import type { JwtSvid } from './jwt-source.ts';
import type { TlsOptions } from './tls.ts';
import type { PeerRule, PeerVerdict } from './verify-x509-svid.ts';
import type { X509Svid } from './x509-source.ts';

/** How to reach the Workload API. Everything is optional. */
export interface WorkloadIdentityOptions {
  /** `unix:///run/spire/sockets/agent.sock` or `tcp://127.0.0.1:8000`. Default: `SPIFFE_ENDPOINT_SOCKET`. */
  socket?: string;
  /** Which of several SVIDs is meant, by the hint that the operator gave it. Default: the first one. */
  hint?: string;
  /**
   * False for a process that only verifies others: it then follows the bundles alone, and needs no identity of its own. Default true.
   */
  svid?: boolean;
}

/** The SPIFFE identity of this process, kept up to date. */
export interface WorkloadIdentity {
  /** The id of the current X.509-SVID, or undefined: not there yet, expired, or taken away. Never waits. */
  readonly spiffeId: string | undefined;
  /** What is wrong, in a sentence; undefined while all is well. */
  readonly problem: string | undefined;
  /** Resolves to true as soon as there is an SVID, or to false after `timeoutMs` (default 5,000). Never rejects. */
  ready(timeoutMs?: number): Promise<boolean>;
  /** The current X.509-SVID. It is valid now, and may be replaced at any time: ask again for each connection. */
  x509Svid(): X509Svid | undefined;
  /** All of them, the default first. */
  x509Svids(): readonly X509Svid[];
  /** The authorities of every trust domain as DER. They are kept apart: an authority speaks for its own trust domain only. */
  x509Bundles(): ReadonlyMap<string, readonly Buffer[]>;
  /**
   * A JWT-SVID for this audience, from memory where that is possible. Waits at most 5 seconds. Rejects with WORKLOAD_API_FAILED when
   * there is none: never with an expired one in hand.
   */
  jwtSvid(audience: string | readonly string[], options?: { spiffeId?: string }): Promise<JwtSvid>;
  /** Trust domain → JWK set, as text. The first call begins to follow them, and answers nothing yet. */
  jwtBundles(): ReadonlyMap<string, string>;
  /** Has the Workload API verify somebody's JWT-SVID. Rejects with WORKLOAD_API_FAILED when it is not valid or nobody answers. */
  validateJwtSvid(token: string, audience: string): Promise<{ spiffeId: string; claims: Record<string, unknown> }>;
  /** Verifies somebody's X.509-SVID: the chain as DER, leaf first, or what `getPeerCertificate(true)` answers. Never throws. */
  verifyPeer(chain: readonly Uint8Array[] | PeerCertificate, rule: PeerRule): PeerVerdict;
  /**
   * Options of `tls.connect` or `https.request` for one connection, with the SVID of this moment: make them anew for each. Throws
   * SVID_MISSING when there is none.
   */
  tlsOptions(rule: PeerRule): TlsOptions;
  /** An agent for `https.request` whose every new connection has the SVID of its moment. */
  httpsAgent(rule: PeerRule): Agent;
  /** Lets a server made with {@link tlsOptions} follow rotation, and cuts off every client that the rule does not allow. */
  protect(server: Server, rule: PeerRule): void;
  /** Told after each change of SVIDs or bundles. Answers how to stop it. */
  subscribe(listener: () => void): () => void;
  /** Ends all connections. What is there is still given out until it expires. */
  close(): void;
}
