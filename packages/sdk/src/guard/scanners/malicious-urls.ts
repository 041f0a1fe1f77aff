import { limits } from '@tallyspan/facts';
import { CONFUSABLE } from '../text/characters.ts';
import { type Scanner, type Span, verdictOf } from '../scanner.ts';

export interface MaliciousUrlsOptions {
  /** Default 0.5. */
  threshold?: number;
  /** Hosts that are refused, with all their subdomains. */
  deny?: readonly string[];
  /** Hosts that are fine whatever their address looks like, with all their subdomains. */
  allow?: readonly string[];
  /** Names that others like to imitate, e.g. your own. Added to a few large ones. */
  brands?: readonly string[];
}

/** `scheme:` or `www.`; what follows is cut where addresses end in text. */
const URL_START = /(?:\b(?:https?|ftp|file|data|javascript|vbscript|blob)\s{0,2}:|\bwww\.)/gi;
const URL_END = /[\s<>"'`{}|\\^\u3000-\u3002]/;
const URL_LENGTH_MAX = 4_096;

const BRANDS = [
  'paypal',
  'apple',
  'google',
  'microsoft',
  'amazon',
  'facebook',
  'instagram',
  'netflix',
  'github',
  'openai',
  'icloud',
  'coinbase',
  'binance',
  'metamask',
];
/** Endings that cost nothing, over-represented on lists of phishing sites. */
const CHEAP = new Set([
  'tk',
  'ml',
  'ga',
  'cf',
  'gq',
  'zip',
  'mov',
  'top',
  'xyz',
  'click',
  'country',
  'kim',
  'work',
  'rest',
]);
const LURES = /login|signin|verify|account|secure|update|wallet|password|confirm|unlock|suspend/i;

/** Links that do not lead where they seem to: scripts, look-alike names, hidden hosts, data carried away in a picture's address. */
export function maliciousUrls({
  threshold = 0.5,
  deny = [],
  allow = [],
  brands = [],
}: MaliciousUrlsOptions = {}): Scanner {
  const rules = { deny: deny.map(lower), allow: allow.map(lower), brands: [...BRANDS, ...brands.map(lower)] };
  return {
    name: 'MaliciousURLs',
    directions: ['input', 'output'],
    redacts: true,
    scan(text) {
      const spans: Span[] = [];
      let score = 0;
      for (const { start, end } of urlsIn(text)) {
        const found = judgeUrl(text.slice(start, end), rules, isImage(text, start));
        if (found.score > score) score = found.score;
        if (found.score >= threshold && spans.length < limits.guardSpansMax)
          spans.push({ start, end, kind: found.kind });
      }
      return verdictOf(score, threshold, spans);
    },
  };
}

const lower = (text: string) => text.toLowerCase();

/** Where addresses stand. Each character is looked at once. */
export function* urlsIn(text: string): Generator<{ start: number; end: number }> {
  let from = 0;
  for (const { index: start } of text.matchAll(URL_START)) {
    if (start < from) continue;
    let end = start;
    while (end < text.length && end - start < URL_LENGTH_MAX && !URL_END.test(text[end]!)) end++;
    // Brackets and full stops at the end are the sentence's.
    while (end > start && /[.,;:!?)\]*_]/.test(text[end - 1]!)) end--;
    from = end;
    if (end - start > 4) yield { start, end };
  }
}

interface Rules {
  deny: readonly string[];
  allow: readonly string[];
  brands: readonly string[];
}

/** `![…](` stands before an address that the page loads by itself. */
function isImage(text: string, start: number): boolean {
  return (
    text[start - 1] === '(' && text[start - 2] === ']' && text.lastIndexOf('![', start) >= Math.max(0, start - 300)
  );
}

function judgeUrl(written: string, { deny, allow, brands }: Rules, image: boolean): { score: number; kind: string } {
  const scheme = /^([a-z]+)\s{0,2}:/i.exec(written)?.[1]?.toLowerCase();
  if (scheme === 'javascript' || scheme === 'vbscript') {
    // `javascript: the good parts` is a book.
    return { score: /[();=]/.test(written) ? 1 : 0, kind: 'SCRIPT_URL' };
  }
  if (scheme === 'data')
    return { score: /^data:(?:text\/html|image\/svg|application\/xhtml)/i.test(written) ? 0.9 : 0, kind: 'DATA_URL' };
  if (scheme === 'blob' || scheme === 'file') return { score: 0, kind: 'URL' };
  let url: URL;
  try {
    url = new URL(scheme ? written : `http://${written}`);
  } catch {
    return { score: 0, kind: 'URL' };
  }
  const host = url.hostname.toLowerCase();
  if (allow.some((name) => isWithin(host, name))) return { score: 0, kind: 'URL' };
  if (deny.some((name) => isWithin(host, name))) return { score: 1, kind: 'DENIED_URL' };
  if (url.username !== '' && /[.]/.test(decode(url.username))) return { score: 0.9, kind: 'USERINFO_URL' };
  const labels = host.split('.');
  const numeric = /^\d+(?:\.\d+){3}$/.test(host);
  // 0x7f.1 and 2130706433 become an ordinary address when parsed; nobody writes them who has nothing to hide.
  if (numeric && !written.includes(host)) return { score: 0.9, kind: 'HIDDEN_IP_URL' };
  if (labels.some((label) => label.startsWith('xn--')) && isLookAlike(written, brands))
    return { score: 0.9, kind: 'HOMOGRAPH_URL' };
  if (image && isCarrier(url)) return { score: 0.8, kind: 'EXFILTRATION_URL' };
  let innocent = 1;
  const suspect = (weight: number) => (innocent *= 1 - weight);
  if (numeric && !/^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(host)) suspect(0.3);
  if (CHEAP.has(labels.at(-1)!)) suspect(0.2);
  const registered = labels.slice(-2).join('.');
  if (
    brands.some((name) => host.includes(name) && !registered.startsWith(`${name}.`)) &&
    LURES.test(host + url.pathname)
  )
    suspect(0.45);
  if (LURES.test(host) && labels.length > 4) suspect(0.2);
  if (host.length > 60) suspect(0.15);
  if (/\.(?:exe|scr|msi|bat|ps1|vbs|jar|apk|hta|lnk)$/i.test(url.pathname)) suspect(0.3);
  return { score: 1 - innocent, kind: 'SUSPICIOUS_URL' };
}

const isWithin = (host: string, name: string) => host === name || host.endsWith(`.${name}`);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A name of letters of several scripts, or one that reads like a well-known one: `аpple`, `gооgle`. */
function isLookAlike(written: string, brands: readonly string[]): boolean {
  const host = /^(?:[a-z]+:\/\/)?([^/?#]*)/i.exec(written.toLowerCase())?.[1] ?? '';
  for (const label of host.split('.')) {
    const odd = [...label].filter((letter) => CONFUSABLE.has(letter)).length;
    if (odd === 0) continue;
    if (/[a-z]/.test(label)) return true;
    const latin = [...label].map((letter) => CONFUSABLE.get(letter) ?? letter).join('');
    if (brands.includes(latin)) return true;
  }
  return false;
}

/** A picture needs no long text in its address: that is how answers are carried out of a chat. */
function isCarrier(url: URL): boolean {
  for (const value of url.searchParams.values()) {
    if (value.length > 60 && /\s/.test(value)) return true;
    if (value.length > 120 && /^[A-Za-z0-9+/=_-]+$/.test(value)) return true;
  }
  return [...url.searchParams.keys()].some(
    (key) =>
      /^(?:data|q|prompt|chat|conversation|history|secret|leak|exfil|c|msg)$/i.test(key) &&
      (url.searchParams.get(key) ?? '').length > 24,
  );
}
