/** Where the operator says that bundles come from. Each trust domain has one origin; a token never says where to look. */
import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { request } from 'node:https';
import { isTrustDomain, limits, TallyError } from '@tallyspan/facts';
import { describeError, type Report } from '../../report.ts';
import { type JwtBundle, readJwtBundle } from './jwt-bundle.ts';

/** A file with a SPIFFE bundle. It is read again when it changes; putting another one in its place is a change. */
export interface BundleFile {
  trustDomain: string;
  file: string;
}

/** A SPIFFE bundle endpoint with the profile `https_web`. */
export interface BundleUrl {
  trustDomain: string;
  /** `https://…` without user name. Redirects are not followed. */
  url: string;
  /** Authorities of the endpoint's certificate, as PEM. Default: those that Node trusts. */
  ca?: string;
}

/** Somebody who follows bundles already, as `workloadIdentity()` of the SDK does: trust domain → JWK set. */
export interface BundleSource {
  jwtBundles(): ReadonlyMap<string, string>;
  /** Told after each change. Answers how to stop it. */
  subscribe(listener: () => void): () => void;
}

export type BundleOrigin = BundleFile | BundleUrl | BundleSource;

/** The bundles in hand, kept up to date. They lie side by side and are never put together. */
export interface Bundles {
  get(trustDomain: string): JwtBundle | undefined;
  close(): void;
}

/** Between two looks at a file. A key that was taken out of it is refused within two seconds. */
const FILE_POLL_MS = 1_000;
/** Where a bundle does not say how often to look (SPIFFE Federation, section 4.1). */
const REFRESH_SECONDS = 300;
/** A hint of less would make us a burden, one of more would keep a removed key for too long. */
const REFRESH_SECONDS_MIN = 10;
const REFRESH_SECONDS_MAX = 86_400;

export interface BundleTimes {
  filePollMs?: number;
  /** One second of a refresh hint. */
  secondMs?: number;
}

/**
 * Opens all origins. A file that cannot be read now is the operator's mistake: BAD_OPTION. An endpoint that does not answer is told and
 * asked again; until then its trust domain is unknown.
 */
export function openBundles(origins: readonly BundleOrigin[], report: Report, times: BundleTimes = {}): Bundles {
  const kept = new Map<string, JwtBundle>();
  const named = new Set<string>();
  const followed: Bundles[] = [];
  const stops: (() => void)[] = [];
  const close = () => stops.forEach((stop) => stop());
  try {
    for (const origin of origins) {
      if ('jwtBundles' in origin) {
        const source = followSource(origin, report);
        followed.push(source);
        stops.push(() => source.close());
        continue;
      }
      claim(named, origin);
      const take = (document: string) => takeOne(kept, origin.trustDomain, document);
      stops.push('file' in origin ? keepFile(origin, take, report, times) : keepUrl(origin, take, report, times));
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    // What the operator names wins over what an agent gives.
    get: (domain) => (named.has(domain) ? kept.get(domain) : followed.find(({ get }) => get(domain))?.get(domain)),
    close,
  };
}

function claim(named: Set<string>, { trustDomain }: BundleFile | BundleUrl): void {
  const isName = isTrustDomain(trustDomain);
  if (isName && !named.has(trustDomain)) {
    named.add(trustDomain);
    return;
  }
  throw new TallyError('BAD_OPTION', {
    option: 'The trust domain of a SPIFFE bundle',
    value: JSON.stringify(trustDomain),
    why: isName ? 'It has two bundles, and bundles are never put together.' : 'It is a name without scheme.',
    fix: isName ? 'Give one bundle for each trust domain.' : 'Give it as example.org.',
  });
}

/** Keeps a new bundle, unless it is an older one. Throws what is wrong with it; then the one before stays. */
function takeOne(kept: Map<string, JwtBundle>, trustDomain: string, document: string): JwtBundle {
  const bundle = readJwtBundle(document);
  const before = kept.get(trustDomain)?.sequence;
  if (before !== undefined && bundle.sequence !== undefined && bundle.sequence < before)
    throw new Error(`its sequence goes back from ${before} to ${bundle.sequence}`);
  kept.set(trustDomain, bundle);
  return bundle;
}

type Take = (document: string) => JwtBundle;

function keepFile({ trustDomain, file }: BundleFile, take: Take, report: Report, times: BundleTimes): () => void {
  const read = () => {
    const { size } = statSync(file);
    if (size > limits.bundleBytesMax) throw new Error(`it has ${size} bytes, and ${limits.bundleBytesMax} are allowed`);
    take(readFileSync(file, 'utf8'));
  };
  try {
    read();
  } catch (error) {
    throw new TallyError('BAD_OPTION', {
      option: `The SPIFFE bundle of ${trustDomain}`,
      value: file,
      why: `It cannot be used: ${describeError(error)}.`,
      fix: 'Give a file with a JWK set, as "spire-server bundle show -format spiffe" writes it.',
    });
  }
  const listener = () => {
    try {
      read();
    } catch (error) {
      report(`The SPIFFE bundle of ${trustDomain} in ${file} stays as it was: ${describeError(error)}.`);
    }
  };
  watchFile(file, { persistent: false, interval: times.filePollMs ?? FILE_POLL_MS }, listener);
  return () => unwatchFile(file, listener);
}

function keepUrl({ trustDomain, url, ca }: BundleUrl, take: Take, report: Report, times: BundleTimes): () => void {
  const endpoint = URL.canParse(url) ? new URL(url) : undefined;
  if (endpoint?.protocol !== 'https:' || endpoint.username !== '' || endpoint.password !== '')
    throw new TallyError('BAD_OPTION', {
      option: `The SPIFFE bundle of ${trustDomain}`,
      value: 'no https URL',
      why: 'Whoever can change it on its way can be anybody of that trust domain.',
      fix: 'Give an https URL without user name.',
    });
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  const look = async () => {
    let seconds: number;
    try {
      const { refreshSeconds = REFRESH_SECONDS } = take(await download(endpoint, ca, stop.signal));
      seconds = Math.min(REFRESH_SECONDS_MAX, Math.max(REFRESH_SECONDS_MIN, refreshSeconds));
      failures = 0;
    } catch (error) {
      if (stop.signal.aborted) return;
      report(`The SPIFFE bundle of ${trustDomain} stays as it was: ${endpoint.host}: ${describeError(error)}.`);
      seconds = Math.min(REFRESH_SECONDS, REFRESH_SECONDS_MIN * 2 ** failures);
      failures = Math.min(failures + 1, 10);
    }
    if (stop.signal.aborted) return;
    // Not all servers at once.
    timer = setTimeout(() => void look(), seconds * (times.secondMs ?? 1_000) * (0.9 + Math.random() / 5));
    timer.unref();
  };
  void look();
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}

/** One GET, bounded in time and size. Rejects with what went wrong. */
function download(endpoint: URL, ca: string | undefined, stop: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(limits.bundleTimeoutMs)]);
  return new Promise((resolve, reject) => {
    const sent = request(
      endpoint,
      { ca, signal, agent: false, headers: { accept: 'application/json' } },
      (response) => {
        response.on('error', reject);
        if (response.statusCode !== 200) {
          response.destroy();
          return reject(new Error(`it answers with HTTP status ${response.statusCode}`));
        }
        const pieces: Buffer[] = [];
        let bytes = 0;
        response.on('data', (piece: Buffer) => {
          pieces.push(piece);
          bytes += piece.length;
          if (bytes > limits.bundleBytesMax)
            response.destroy(new Error(`it has more than the ${limits.bundleBytesMax} bytes that are allowed`));
        });
        response.on('end', () => resolve(Buffer.concat(pieces).toString('utf8')));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** Reads what a source has, and again after each change. A bundle that cannot be read is none: its agent will give a better one. */
function followSource(source: BundleSource, report: Report): Bundles {
  let kept: ReadonlyMap<string, JwtBundle> = new Map();
  const read = () => {
    const next = new Map<string, JwtBundle>();
    for (const [trustDomain, document] of source.jwtBundles()) {
      try {
        next.set(trustDomain, readJwtBundle(document));
      } catch (error) {
        report(`The SPIFFE bundle of ${trustDomain} from the Workload API is left out: ${describeError(error)}.`);
      }
    }
    kept = next;
  };
  const close = source.subscribe(read);
  read();
  return { get: (trustDomain) => kept.get(trustDomain), close };
}
