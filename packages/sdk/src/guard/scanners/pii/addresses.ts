import { isIPv4, isIPv6 } from 'node:net';
import type { Span } from '../../scanner.ts';

const LOCAL_MAX = 64;
const DOMAIN_MAX = 255;
const LOCAL = /[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\u00a1-\uffff-]/;
const DOMAIN = /[A-Za-z0-9.\u00a1-\uffff-]/;

/** E-mail, IP and MAC addresses, and addresses of crypto money. */
export function* addressesIn(text: string): Generator<Span> {
  yield* emails(text);
  yield* ips(text);
  yield* matches(text, /\b(?:[0-9A-Fa-f]{2}([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}\b/g, 'MAC');
  yield* matches(text, /\b0x[0-9a-fA-F]{40}\b/g, 'CRYPTO');
  yield* matches(text, /\bbc1[02-9ac-hj-np-z]{39,59}\b/g, 'CRYPTO');
}

/** From each @ outwards (RFC 5321: 64 before, 255 after). A message id or a package name is no address. */
function* emails(text: string): Generator<Span> {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > 0 && at - start < LOCAL_MAX && LOCAL.test(text[start - 1]!)) start--;
    // Quotation marks, brackets and full stops around it are the sentence's.
    while (start < at && /[.!'`*_{|/=?&]/.test(text[start]!)) start++;
    let end = at + 1;
    while (end < text.length && end - at <= DOMAIN_MAX && DOMAIN.test(text[end]!)) end++;
    while (end > at && /[.-]/.test(text[end - 1]!)) end--;
    const domain = text.slice(at + 1, end);
    if (start === at || text[at - 1] === '.' || !isDomain(domain)) continue;
    yield { start, end, kind: 'EMAIL' };
  }
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  if (labels.length < 2) return false;
  if (!labels.every((label) => label !== '' && label.length <= 63 && !label.startsWith('-') && !label.endsWith('-')))
    return false;
  const top = labels.at(-1)!;
  return top.length >= 2 && !/\d/.test(top.replace(/^xn--[a-z0-9-]+$/i, ''));
}

const IPV4 = /(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d]|\.\d)/g;
const IPV6 = /(?<![0-9A-Za-z:.])[0-9A-Fa-f:]{3,39}(?:\d{0,3}(?:\.\d{1,3}){3})?(?![0-9A-Za-z:]|\.\d)/g;
/** 127.0.0.1, 0.0.0.0, ::1 and the like are nobody's. A version has four numbers too, but says so. */
const NOBODY = /^(?:127\.|0\.|255\.255\.255\.255|::1?$)/;

function* ips(text: string): Generator<Span> {
  for (const { 0: found, index } of text.matchAll(IPV4)) {
    if (
      !isIPv4(found) ||
      NOBODY.test(found) ||
      /v(?:er(?:sion)?)?[ .:]?$/i.test(text.slice(Math.max(0, index - 9), index))
    )
      continue;
    yield { start: index, end: index + found.length, kind: 'IP' };
  }
  for (const { 0: found, index } of text.matchAll(IPV6)) {
    // Times and C++ names have colons; an address has two in a row or seven, and a digit or letter.
    if (!isIPv6(found) || NOBODY.test(found) || found.length < 6) continue;
    yield { start: index, end: index + found.length, kind: 'IP' };
  }
}

function* matches(text: string, pattern: RegExp, kind: string): Generator<Span> {
  for (const { 0: found, index } of text.matchAll(pattern)) yield { start: index, end: index + found.length, kind };
}
