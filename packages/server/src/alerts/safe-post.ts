/**
 * Posts to an address that somebody else wrote. The name is resolved once, every address it has is checked, and exactly those are
 * dialled; so is each redirect. Nothing of the answer but its status is looked at.
 */
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { limits, TallyError } from '@tallyspan/facts';
import { isAllowedAddress } from './address-rules.ts';

export type Resolve = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface SafePostOptions {
  allowPrivate: boolean;
  /** Default: what the system says. */
  resolve?: Resolve;
  /** For all of it, redirects included. Default `limits.webhookTimeoutMs`. */
  timeoutMs?: number;
}

/** Names that clouds give to their metadata, wherever they resolve to. */
const metadataNames = /^(?:metadata(?:\.google\.internal|\.goog)?|instance-data(?:\.ec2\.internal)?)\.?$/i;
const REDIRECTS = new Set([301, 302, 307, 308]);

/** Throws WEBHOOK_REFUSED for what is no http(s) URL, has a user in it, or is an address that must not be dialled. */
export function checkUrl(text: string, allowPrivate: boolean): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refused('(no URL)', 'it is no URL');
  }
  const host = hostOf(url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused(host, 'only http and https are spoken');
  if (url.username !== '' || url.password !== '') throw refused(host, 'a user or a password may not stand in a URL');
  if (metadataNames.test(host)) throw refused(host, 'it is the metadata of a cloud');
  if (isIP(host) !== 0 && !isAllowedAddress(host, allowPrivate)) throw refused(host, 'it is not a public address');
  return url;
}

/**
 * Resolves to the status of the last answer; rejects with WEBHOOK_REFUSED, or with whatever broke the connection. `headers` go to the
 * origin of `text` only.
 */
export async function safePost(
  text: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  options: SafePostOptions,
): Promise<number> {
  const { allowPrivate, timeoutMs = limits.webhookTimeoutMs } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const first = checkUrl(text, allowPrivate);
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const own = url.origin === first.origin ? headers : {};
    const { status, location } = await postOnce(url, body, own, options, deadline);
    if (!REDIRECTS.has(status) || location === undefined) return status;
    if (redirects >= limits.webhookRedirectsMax)
      throw refused(hostOf(url), `it redirects more than ${limits.webhookRedirectsMax} times`);
    const next = checkUrl(URL.parse(location, url.href)?.href ?? '', allowPrivate);
    if (url.protocol === 'https:' && next.protocol === 'http:') throw refused(hostOf(next), 'it redirects to http');
    url = next;
  }
}

function postOnce(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  { allowPrivate, resolve = resolveAll }: SafePostOptions,
  signal: AbortSignal,
): Promise<{ status: number; location: string | undefined }> {
  return new Promise((done, fail) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing: ClientRequest = send(url, {
      method: 'POST',
      // A connection of its own: one that was kept open was checked for another name.
      agent: false,
      signal,
      lookup: checkedLookup(resolve, allowPrivate),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Tallyspan',
        ...headers,
        'content-length': Buffer.byteLength(body),
      },
    });
    outgoing.on('error', fail);
    outgoing.on('socket', (socket) =>
      socket.once('connect', () => {
        const { remoteAddress = '' } = socket;
        if (!isAllowedAddress(remoteAddress, allowPrivate))
          outgoing.destroy(refused(hostOf(url), 'it is not a public address'));
      }),
    );
    outgoing.on('response', (response) => {
      const { statusCode = 0, headers: answered } = response;
      response.on('error', () => {});
      // What it says is nobody's business here.
      response.destroy();
      done({ status: statusCode, location: answered.location });
    });
    outgoing.end(body);
  });
}

/** Dials only what was checked. One bad address among good ones is enough to refuse: such a name is up to something. */
function checkedLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (host, { all }, done) => {
    resolve(host, (error, addresses) => {
      if (error) return done(error, []);
      if (addresses.length === 0 || addresses.some(({ address }) => !isAllowedAddress(address, allowPrivate)))
        return done(refused(host, 'it is not a public address'), []);
      if (all) done(null, addresses);
      else done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

const resolveAll: Resolve = (host, done) =>
  systemLookup(host, { all: true, verbatim: true }, (error, addresses) => done(error, addresses));

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function refused(host: string, reason: string): TallyError {
  return new TallyError('WEBHOOK_REFUSED', { host: JSON.stringify(host.slice(0, 200)), reason });
}
