/** mTLS with X.509-SVIDs: TLS checks the chain, and then we check whose it is and whether that authority may speak for him. */
import { constants } from 'node:crypto';
import { Agent } from 'node:https';
import {
  connect,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type SecureContextOptions,
  type Server,
  type TLSSocket,
} from 'node:tls';
import { limits } from '@tallyspan/facts';
import type { PeerVerdict, X509Bundles } from './verify-x509-svid.ts';
import type { X509Svid } from './x509-source.ts';

/** What both `tls.connect` and `tls.createServer` take. */
export interface TlsOptions extends SecureContextOptions {
  key: string;
  cert: string;
  ca: string[];
  requestCert: true;
  rejectUnauthorized: true;
  /** The name in the address is no part of a SPIFFE identity; the rule takes its place. */
  checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
}

type Verify = (certificate: PeerCertificate) => PeerVerdict;

/** Lines of 64, and none that is empty: OpenSSL takes that for the end. */
const pem = (der: Buffer) =>
  [
    '-----BEGIN CERTIFICATE-----',
    ...(der.toString('base64').match(/.{1,64}/g) ?? []),
    '-----END CERTIFICATE-----',
    '',
  ].join('\n');

/**
 * `ca` holds the authorities of all trust domains, as TLS cannot choose among them before it has seen the certificate. That is only the
 * first sieve: `verify` then asks the bundle of the peer's own trust domain, and no other.
 */
export function tlsOptionsOf(svid: X509Svid, bundles: X509Bundles, verify: Verify): TlsOptions {
  return {
    key: svid.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: svid.certificates.map(pem).join(''),
    // An empty list means nobody, unlike none, which would mean what Node trusts.
    ca: [...bundles.values()].flatMap((authorities) => authorities.map(({ der }) => pem(der))),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    // A bundle may hold an authority that another one signed.
    allowPartialTrustChain: true,
    // Who comes back with a ticket would not be looked at again.
    secureOptions: constants.SSL_OP_NO_TICKET,
    checkServerIdentity: (_host, certificate) => {
      const verdict = verify(certificate);
      return verdict.ok ? undefined : new Error(`The server has no SVID that is accepted: ${verdict.reason}.`);
    },
  };
}

/** An agent that asks for options for each new connection, and keeps no TLS sessions. */
export function followingAgent(options: () => TlsOptions): Agent {
  const agent = new Agent({ keepAlive: true, maxCachedSessions: 0 });
  const create = (given: ConnectionOptions): TLSSocket => connect({ ...given, ...options() });
  return Object.assign(agent, { createConnection: create });
}

/** Gives a server each new SVID, and cuts off clients that are not accepted. Answers how to stop it. */
export function protectServer(
  server: Server,
  own: { verify: Verify; options: () => TlsOptions | undefined; subscribe: (listener: () => void) => () => void },
): () => void {
  const renew = () => {
    const options = own.options();
    if (options !== undefined) server.setSecureContext(options);
  };
  const early = new WeakMap<TLSSocket, PeerCertificate>();
  // Node 24.21 and 26.8 look at the certificate themselves when a connection is secure, and lose all but the first one of the chain
  // (nodejs/node#65579). So it is read just before that, and this event is the one way to get hold of the socket in time.
  server.on('keylog', (_secret: Buffer, socket: TLSSocket) => {
    if (early.has(socket)) return;
    early.set(socket, NOBODY);
    socket.prependListener('secure', () => early.set(socket, socket.getPeerCertificate(true)));
  });
  // Before HTTP's own listener: nothing that such a client says is read.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    if (!own.verify(early.get(socket) ?? NOBODY).ok) socket.destroy();
  });
  renew();
  return own.subscribe(renew);
}

const NOBODY = {} as PeerCertificate;

/** The certificates of a chain as DER. Node links them, and the last one to itself. */
export function chainOf(chain: readonly Uint8Array[] | PeerCertificate): readonly Uint8Array[] {
  if (isList(chain)) return chain;
  const found: Uint8Array[] = [];
  let certificate: Partial<DetailedPeerCertificate> | undefined = chain as Partial<DetailedPeerCertificate>;
  while (certificate?.raw !== undefined && found.length < limits.svidChainMax) {
    found.push(certificate.raw);
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    if (issuer === certificate || issuer?.raw?.equals(certificate.raw)) break;
    certificate = issuer;
  }
  return found;
}

const isList = (chain: readonly Uint8Array[] | PeerCertificate): chain is readonly Uint8Array[] => Array.isArray(chain);
