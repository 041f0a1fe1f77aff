/** Every SPIFFE implementation takes ids of this length, and none should make longer ones (SPIFFE-ID, section 2.3). */
const ID_BYTES_MAX = 2048;

/** A trust domain name is the host of the URI: lower case, digits, `.`, `-`, `_`, and nothing that needs an escape. */
const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/;
const ID = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)*)$/;
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;

/** A SPIFFE id in its parts. */
export interface SpiffeId {
  /** `spiffe://example.org/agent/acme/analyst` */
  readonly id: string;
  /** `example.org` */
  readonly trustDomain: string;
  /** `/agent/acme/analyst`, or empty for the trust domain itself. A workload always has one. */
  readonly path: string;
}

/**
 * Reads a SPIFFE id, strictly: there is one spelling of each, so that ids may be compared as text. No userinfo, port, query, fragment
 * or percent escape; no empty, `.` or `..` segment; no slash at the end; at most 2,048 bytes. Undefined for everything else.
 * https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
 */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  if (typeof text !== 'string' || text.length > ID_BYTES_MAX) return undefined;
  const [, trustDomain, path] = ID.exec(text) ?? [];
  if (trustDomain === undefined || path === undefined || DOT_SEGMENT.test(path)) return undefined;
  return { id: text, trustDomain, path };
}

/** Whether a text is the name of a trust domain: `example.org`, without scheme. */
export function isTrustDomain(text: string): boolean {
  return TRUST_DOMAIN.test(text);
}
