import type { Span } from '../../scanner.ts';
import { cpf, dni, luhn, mod97, nhs, nir, verhoeff } from './checksums.ts';
import { isPhone, PHONE } from './phone.ts';

/** How long an IBAN is, by country (SWIFT IBAN registry, release 99). */
const IBAN_LENGTH: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  LY: 25,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MR: 27,
  MT: 31,
  MU: 30,
  NL: 18,
  NO: 15,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  SA: 24,
  SC: 31,
  SD: 18,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
};

/** First digits and lengths of card networks. */
const CARD =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}|62\d{14,17}|(?:50|5[6-9]|6\d)\d{10,17})$/;

/** Digits with single spaces, dots or dashes between them. The whole run is taken, so that a part of a longer number is nothing. */
const RUN = /(?<![\w.-])\d(?:[ .-]?\d){6,24}(?![\w-])/g;
const IBAN = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![a-z])/g;
const LETTERED = /(?<![A-Za-z0-9])(?:[XYZ]\d{7}|\d{8})-?[A-Z](?![A-Za-z0-9])/g;

/** Cards, IBANs, social security numbers, phone numbers, national ids. */
export function* numbersIn(text: string): Generator<Span> {
  for (const { 0: found, index } of text.matchAll(IBAN)) {
    const length = ibanLength(found);
    if (length !== undefined) yield { start: index, end: index + length, kind: 'IBAN' };
  }
  for (const { 0: found, index } of text.matchAll(RUN)) {
    const kind = kindOf(found, text, index);
    if (kind !== undefined) yield { start: index, end: index + found.length, kind };
  }
  for (const { 0: found, index } of text.matchAll(LETTERED)) {
    if (dni(found.replace('-', ''))) yield { start: index, end: index + found.length, kind: 'NATIONAL_ID' };
  }
  for (const { 0: found, index } of text.matchAll(PHONE)) {
    if (isPhone(found, text, index)) yield { start: index, end: index + found.length, kind: 'PHONE' };
  }
}

/** How many characters of what was found are the IBAN; what follows may be the next word. */
function ibanLength(found: string): number | undefined {
  const wanted = IBAN_LENGTH[found.slice(0, 2)];
  if (wanted === undefined) return undefined;
  let bare = '';
  for (let at = 0; at < found.length; at++) {
    if (found[at] !== ' ') bare += found[at];
    if (bare.length === wanted) return mod97(bare) && !/^[A-Z0-9]/.test(found.slice(at + 1)) ? at + 1 : undefined;
  }
  return undefined;
}

function kindOf(found: string, text: string, at: number): string | undefined {
  const digits = found.replace(/[ .-]/g, '');
  const grouped = digits.length !== found.length;
  if (digits.length >= 12 && digits.length <= 19 && CARD.test(digits) && luhn(digits) && !/^(\d)\1+$/.test(digits)) {
    return 'CARD';
  }
  const before = text.slice(Math.max(0, at - 40), at).toLowerCase();
  if (/^\d{3}[- ]\d{2}[- ]\d{4}$/.test(found) && isSsn(digits)) return 'SSN';
  if (digits.length === 9 && !grouped && /\b(?:ssn|social security)\b/.test(before) && isSsn(digits)) return 'SSN';
  if (digits.length === 9 && /\b(?:sin|social insurance)\b/.test(before) && luhn(digits)) return 'NATIONAL_ID';
  if (/^\d{3}\.\d{3}\.\d{3}-\d{2}$/.test(found) && cpf(digits)) return 'NATIONAL_ID';
  if (digits.length === 11 && /\bcpf\b/.test(before) && cpf(digits)) return 'NATIONAL_ID';
  if (/^\d{3} \d{3} \d{4}$/.test(found) && /\bnhs\b/.test(before) && nhs(digits)) return 'NATIONAL_ID';
  if (digits.length === 12 && /aadhaar|uidai/.test(before) && /^[2-9]/.test(digits) && verhoeff(digits))
    return 'NATIONAL_ID';
  if (digits.length === 15 && /^[12]/.test(digits) && nir(digits) && monthOf(digits)) return 'NATIONAL_ID';
  return undefined;
}

const monthOf = (digits: string) => Number(digits.slice(3, 5)) >= 1 && Number(digits.slice(3, 5)) <= 12;

/** What the Social Security Administration never gave out: area 000, 666 and 900 up, group 00, serial 0000, and two famous ones. */
function isSsn(digits: string): boolean {
  return !/^(?:000|666|9)|^\d{3}00|0000$|^(?:078051120|219099999)$/.test(digits);
}
