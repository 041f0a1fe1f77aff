import { limits, parseSpiffeId } from '@tallyspan/facts';
import { readJwtSvidResponse } from './messages.ts';
import { pauseMs } from './follow.ts';

/** A token that says who this process is, to one audience. */
export interface JwtSvid {
  readonly spiffeId: string;
  readonly token: string;
  readonly hint: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

interface Entry {
  svid: JwtSvid | undefined;
  /** From then on a new one is asked for, while this one is still given out. */
  renewAt: number;
  asking: Promise<JwtSvid> | undefined;
  failures: number;
}

/** What was asked for, in one text. */
const keyOf = (audience: readonly string[], spiffeId: string) => JSON.stringify([[...audience].sort(), spiffeId]);

/** How a token is fetched: `FetchJWTSVID`. Rejects with what the user is told. */
export type FetchJwtSvid = (audience: readonly string[], spiffeId: string) => Promise<Buffer>;

/**
 * JWT-SVIDs by audience. One is given out until half of its life has passed (give or take a tenth of that, so that not all workloads
 * ask at once), then still given out while a new one is fetched beside, and never after it expired.
 */
export class JwtSource {
  readonly #fetch: FetchJwtSvid;
  readonly #isRefusal: (error: unknown) => boolean;
  readonly #entries = new Map<string, Entry>();
  /** Changes when something was redacted: what was asked for before then is not kept. */
  #generation = 0;

  readonly #hint: string | undefined;

  /** @param hint of the one that is meant, where there are several. Default: the first one. */
  constructor(fetch: FetchJwtSvid, isRefusal: (error: unknown) => boolean, hint?: string) {
    this.#fetch = fetch;
    this.#isRefusal = isRefusal;
    this.#hint = hint;
  }

  async get(audience: readonly string[], spiffeId: string): Promise<JwtSvid> {
    const key = keyOf(audience, spiffeId);
    const entry = this.#entries.get(key) ?? this.#add(key);
    const now = Date.now();
    if (entry.svid === undefined || entry.svid.expiresAt <= now) return this.#ask(key, entry, audience, spiffeId);
    const { svid } = entry;
    if (now >= entry.renewAt) this.#ask(key, entry, audience, spiffeId).catch(() => {});
    return svid;
  }

  /** Forgets the tokens of these ids; tokens that are on their way are dropped when they arrive. */
  redact(spiffeIds: readonly string[]): void {
    if (spiffeIds.length === 0) return;
    this.#generation += 1;
    for (const [key, { svid }] of this.#entries)
      if (svid === undefined || spiffeIds.includes(svid.spiffeId)) this.#entries.delete(key);
  }

  clear(): void {
    this.#generation += 1;
    this.#entries.clear();
  }

  #add(key: string): Entry {
    if (this.#entries.size >= limits.jwtAudiencesMax) this.#entries.delete(this.#entries.keys().next().value!);
    const entry: Entry = { svid: undefined, renewAt: 0, asking: undefined, failures: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  #ask(key: string, entry: Entry, audience: readonly string[], spiffeId: string): Promise<JwtSvid> {
    return (entry.asking ??= this.#askNow(key, entry, audience, spiffeId).finally(() => (entry.asking = undefined)));
  }

  async #askNow(key: string, entry: Entry, audience: readonly string[], spiffeId: string): Promise<JwtSvid> {
    for (;;) {
      const generation = this.#generation;
      try {
        const svids = readJwtSvidResponse(await this.#fetch(audience, spiffeId));
        const meant = this.#hint === undefined ? svids[0] : svids.find(({ hint }) => hint === this.#hint);
        const svid = readSvid(meant, audience, spiffeId);
        // An answer from before a redaction may be the redacted one.
        if (generation !== this.#generation) continue;
        const lifeMs = svid.expiresAt - Date.now();
        Object.assign(entry, { svid, failures: 0, renewAt: Date.now() + lifeMs * (0.45 + Math.random() / 10) });
        return svid;
      } catch (error) {
        if (this.#isRefusal(error)) this.#entries.delete(key);
        entry.failures += 1;
        entry.renewAt = Date.now() + pauseMs(entry.failures);
        throw error;
      }
    }
  }
}

type Given = ReturnType<typeof readJwtSvidResponse>[number];

/** Throws when it is not what was asked for. */
function readSvid(given: Given | undefined, audience: readonly string[], spiffeId: string): JwtSvid {
  if (given === undefined) throw new Error('it gives no JWT-SVID');
  const claims = readClaims(given.token);
  const id = parseSpiffeId(given.spiffeId);
  if (id === undefined || id.path === '' || claims.sub !== id.id || (spiffeId !== '' && id.id !== spiffeId))
    throw new Error('it gives a JWT-SVID of somebody else');
  const forWhom = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (!audience.every((one) => forWhom.includes(one))) throw new Error('it gives a JWT-SVID for another audience');
  const expiresAt = Number(claims.exp) * 1000;
  if (!(expiresAt > Date.now())) throw new Error('it gives a JWT-SVID that has expired');
  return { spiffeId: id.id, token: given.token, hint: given.hint, expiresAt };
}

/** What a token says, not verified: it comes from the agent of this machine, and others will verify it. */
function readClaims(token: string): { sub?: unknown; aud?: unknown; exp?: unknown } {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token) ?? [];
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString('utf8'));
    if (typeof claims === 'object' && claims !== null) return claims;
  } catch {
    // Said below.
  }
  throw new Error('it gives a JWT-SVID that is no JWT');
}
