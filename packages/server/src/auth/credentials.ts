/** What a request brings to say who it is: headers only. A URL ends up in logs, histories and Referer headers. */

/** One value of a header, of whatever server it came through. */
export type HeaderOf = (name: string) => string | undefined;

export const COOKIE = 'tally_session';

/** From `Authorization: Bearer …`, or else from the header `x-api-key`, or another one that this door takes it from as well. */
export function readCredential(header: HeaderOf, alsoFrom?: string): string | undefined {
  const authorization = header('authorization');
  // Something else than Bearer is meant for a proxy in front.
  const bearer = authorization === undefined ? undefined : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  return bearer ?? header('x-api-key')?.trim() ?? (alsoFrom === undefined ? undefined : header(alsoFrom)?.trim());
}

export function readSession(header: HeaderOf): string | undefined {
  for (const part of (header('cookie') ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === COOKIE && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** For the browser alone: no script reads it, no other site sends it. An empty token takes it away. */
export function sessionCookie(token: string, { seconds, secure }: { seconds: number; secure: boolean }): string {
  return `${COOKIE}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

/** Whether the browser came through HTTPS. This server speaks HTTP; a proxy in front says so, or the page's own origin. */
export function isSecure(header: HeaderOf): boolean {
  return (
    header('x-forwarded-proto')?.split(',', 1)[0]?.trim() === 'https' || (header('origin') ?? '').startsWith('https://')
  );
}

/**
 * Why a request that changes something may be a foreign page's doing; undefined when it is not. Browsers say where a request comes
 * from in every one that changes something, so for a browser's cookie silence is refused too.
 */
export function foreignReason(header: HeaderOf, method: string, byCookie: boolean): string | undefined {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return undefined;
  const site = header('sec-fetch-site');
  const origin = header('origin');
  if (site !== undefined && site !== 'same-origin') return 'the request comes from another site';
  if (origin !== undefined && hostOf(origin) !== header('host')?.toLowerCase())
    return 'the request comes from another origin';
  if (byCookie && site === undefined && origin === undefined) return 'the request does not say where it comes from';
  const type = header('content-type');
  if (type !== undefined && type.split(';', 1)[0]!.trim().toLowerCase() !== 'application/json')
    return 'what changes something is sent as application/json';
  return undefined;
}

/** With the port where it is not the scheme's own, as Host has it. Undefined for `null` and the like, which is nobody's. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
