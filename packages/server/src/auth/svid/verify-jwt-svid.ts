/**
 * Whether a text is a JWT-SVID for us: https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md
 *
 * Every check is a pure one over the text and the bundles in hand: nothing in a token makes this server ask anybody for anything.
 */
import { limits, parseSpiffeId, type SpiffeId } from '@tallyspan/facts';
import { JsonReader } from '../../otlp/json-reader.ts';
import { algorithms, isSigned } from './algorithms.ts';
import type { JwtBundle } from './jwt-bundle.ts';

/** Why a token is refused. For the audit log alone: whoever sent it should learn nothing. */
export type SvidRefusal =
  | 'too long'
  | 'not three parts of base64url'
  | 'header unreadable'
  | 'header has members that are not allowed'
  | 'type'
  | 'algorithm'
  | 'no key id'
  | 'claims unreadable'
  | 'subject'
  | 'audience'
  | 'expiry'
  | 'expired'
  | 'not yet valid'
  | 'unknown trust domain'
  | 'unknown key'
  | 'signature';

/** A token that is no JWT-SVID for us. The message is the same for all; only `reason` says more. */
export class SvidRefused extends Error {
  override readonly name = 'SvidRefused';
  readonly reason: SvidRefusal;
  /** Who the token says that it is, where that much could be read. Nobody has vouched for it. */
  readonly claimed: string | undefined;

  constructor(reason: SvidRefusal, claimed?: string) {
    super('The token is no JWT-SVID that is accepted here.');
    this.reason = reason;
    this.claimed = claimed;
  }
}

export interface VerifiedSvid {
  id: SpiffeId;
  /** Milliseconds since 1970, without any leeway. */
  expiresAt: number;
}

export interface Expected {
  /** Who we are to those who send tokens: one of them must be in `aud`. */
  audience: ReadonlySet<string>;
  /** Trust domain → its keys. Each signs for its own trust domain only. */
  bundleOf(trustDomain: string): JwtBundle | undefined;
  clockSkewSeconds: number;
}

/** A header, claims and a signature: none is empty. */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
/** All that the standard allows; so no `crit`, `b64`, `jku`, `jwk`, `x5c` or `x5u`. */
const headerMembers = new Set(['alg', 'kid', 'typ']);
/** Claims nest as their maker likes; those that are read here do not. */
const CLAIMS_DEPTH_MAX = 16;

type Members = Record<string, unknown>;

/** Throws {@link SvidRefused}. */
export function verifyJwtSvid(token: string, expected: Expected, nowMs: number): VerifiedSvid {
  if (typeof token !== 'string' || token.length > limits.svidTokenBytesMax) throw new SvidRefused('too long');
  const [, header, payload, signature] = COMPACT.exec(token) ?? [];
  if (header === undefined || payload === undefined || signature === undefined)
    throw new SvidRefused('not three parts of base64url');
  const { alg, kid } = readHeader(decode(header));
  const claims = readMembers(decode(payload), 'claims unreadable');
  const id = readSubject(claims['sub']);
  const refuse = (reason: SvidRefusal): never => {
    throw new SvidRefused(reason, id.id);
  };
  const problem =
    audienceProblem(claims['aud'], expected) ?? timeProblem(claims, expected.clockSkewSeconds, nowMs / 1000);
  if (problem !== undefined) refuse(problem);
  const bundle = expected.bundleOf(id.trustDomain) ?? refuse('unknown trust domain');
  const key = bundle.keys.get(kid) ?? refuse('unknown key');
  if (!key.algorithms.has(alg)) refuse('algorithm');
  const signed = Buffer.from(token.slice(0, header.length + 1 + payload.length), 'latin1');
  if (!isSigned(alg, key.key, signed, decode(signature))) refuse('signature');
  return { id, expiresAt: (claims['exp'] as number) * 1000 };
}

/** Base64url without padding, in the one way to write it. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw new SvidRefused('not three parts of base64url');
  return bytes;
}

function readHeader(bytes: Buffer): { alg: string; kid: string } {
  const header = readMembers(bytes, 'header unreadable');
  if (Object.keys(header).some((name) => !headerMembers.has(name)))
    throw new SvidRefused('header has members that are not allowed');
  const { alg, kid, typ } = header;
  if (typ !== undefined && typ !== 'JWT' && typ !== 'JOSE') throw new SvidRefused('type');
  if (typeof alg !== 'string' || !(alg in algorithms)) throw new SvidRefused('algorithm');
  if (typeof kid !== 'string' || kid === '') throw new SvidRefused('no key id');
  return { alg, kid };
}

/** A JSON object in which no name comes twice: other readers may take the other one. */
function readMembers(bytes: Buffer, reason: SvidRefusal): Members {
  try {
    const reader = new JsonReader(bytes, 'Web Token', CLAIMS_DEPTH_MAX);
    const names = new Set<string>();
    for (let name = reader.firstKey(); name !== undefined; name = reader.nextKey()) {
      if (names.has(name)) throw new SvidRefused(reason);
      names.add(name);
      reader.skipValue();
    }
    reader.end();
    return Object.assign(Object.create(null) as Members, JSON.parse(bytes.toString('utf8')) as Members);
  } catch {
    throw new SvidRefused(reason);
  }
}

/** The id of a workload: that of a trust domain alone is nobody's. */
function readSubject(sub: unknown): SpiffeId {
  const id = typeof sub === 'string' ? parseSpiffeId(sub) : undefined;
  if (id === undefined || id.path === '') throw new SvidRefused('subject');
  return id;
}

/** One audience as text, or a list of texts; nothing else is in it. */
function audienceProblem(aud: unknown, { audience }: Expected): SvidRefusal | undefined {
  const named: unknown[] = Array.isArray(aud) ? aud : [aud];
  const isFine = named.every((one) => typeof one === 'string') && named.some((one) => audience.has(one));
  return isFine ? undefined : 'audience';
}

/** The last moment of the leeway is still in it, on either side. */
function timeProblem({ exp, nbf, iat }: Members, skew: number, now: number): SvidRefusal | undefined {
  if (!isTime(exp)) return 'expiry';
  if (now > exp + skew) return 'expired';
  for (const from of [nbf, iat]) {
    if (from === undefined) continue;
    if (!isTime(from) || now < from - skew) return 'not yet valid';
  }
  return undefined;
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
