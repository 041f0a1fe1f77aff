import { type Facts, parseSpiffeId } from '@tallyspan/facts';
import { createHash } from 'node:crypto';
import { type TieredCache, tieredCache } from '../cache/tiered-cache.ts';
import { runOperation } from '../operation.ts';
import { add, fields, text } from '../read.ts';

/** A token of somebody, or how to get one: asked for at each exchange, so that it is a fresh one. */
export type TokenProvider = string | (() => string | Promise<string>);

export async function tokenOf(provider: TokenProvider): Promise<string> {
  return typeof provider === 'string' ? provider : await provider();
}

interface Exchange {
  /** `aws_sts`, `oauth`, `vault`. */
  provider: string;
  /** What the credentials are for. */
  service: string | undefined;
  region?: string | undefined;
}

/** Runs an exchange as one `credential_exchange` span. Nothing of a token is recorded, but for the SPIFFE id that it is about. */
export function recordExchange<Result>(
  { provider, service, region }: Exchange,
  run: (facts: Facts) => Promise<Result>,
): Promise<Result> {
  const facts: Facts = { operation: 'credential_exchange', credentialProvider: provider };
  add<Facts>(facts, { credentialService: service, region } as Partial<Facts>);
  return runOperation(facts, run, { secret: true });
}

/** Puts the SPIFFE id of a JWT-SVID on the span, where no better known one is. It is not verified here: whoever gives the credentials does that. */
export function addSubject(facts: Facts, token: string): void {
  if (facts.spiffeId !== undefined) return;
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const id = parseSpiffeId(text(fields(claims).sub) ?? '');
    if (id) facts.spiffeId = id.id;
  } catch {
    // No JWT, or none with a SPIFFE id.
  }
}

/** A name under which credentials are kept. Hashed, as keys of a shared cache are seen by many. */
export function keyOf(...parts: readonly (string | undefined)[]): string {
  const told = JSON.stringify(parts.map((part) => part ?? null));
  return `credentials:${createHash('sha256').update(told).digest('base64url')}`;
}

let shared: TieredCache | undefined;

/** Where credentials are kept when no cache was given: in this process. One for all, so that two sources of the same ones share them. */
export function credentialCache(): TieredCache {
  return (shared ??= tieredCache({ name: 'credentials' }));
}
