import { describe, expect, it } from 'vitest';
import { personalSpans } from './personal-data.ts';

const found = (text: string) => personalSpans(text).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

describe('personal data', () => {
  it.each([
    ['Mail ann.lee+news@mail.example.com, please.', 'EMAIL ann.lee+news@mail.example.com'],
    ['<bob@example.org>', 'EMAIL bob@example.org'],
    ['jürgen@müller.example', 'EMAIL jürgen@müller.example'],
    ['card 4111 1111 1111 1111.', 'CARD 4111 1111 1111 1111'],
    ['5555555555554444', 'CARD 5555555555554444'],
    ['amex 3782-822463-10005', 'CARD 3782-822463-10005'],
    ['IBAN DE89 3704 0044 0532 0130 00, thanks', 'IBAN DE89 3704 0044 0532 0130 00'],
    ['to GB29NWBK60161331926819', 'IBAN GB29NWBK60161331926819'],
    ['SSN 536-22-1234', 'SSN 536-22-1234'],
    ['social security number: 536221234', 'SSN 536221234'],
    ['call +49 30 901820 today', 'PHONE +49 30 901820'],
    ['call (415) 555-2671', 'PHONE (415) 555-2671'],
    ['415-555-2671', 'PHONE 415-555-2671'],
    ['Tel. 030/901820-0', 'PHONE 030/901820-0'],
    ['+1-202-555-0143', 'PHONE +1-202-555-0143'],
    ['mobile: 07700 900123', 'PHONE 07700 900123'],
    ['+44 (0)20 7946 0958', 'PHONE +44 (0)20 7946 0958'],
    ['from 203.0.113.7 at noon', 'IP 203.0.113.7'],
    ['2001:db8::ff00:42:8329', 'IP 2001:db8::ff00:42:8329'],
    ['00:1A:2B:3C:4D:5E', 'MAC 00:1A:2B:3C:4D:5E'],
    ['0x52908400098527886E0F7030069857D2E4169EE7', 'CRYPTO 0x52908400098527886E0F7030069857D2E4169EE7'],
    ['DNI 12345678Z', 'NATIONAL_ID 12345678Z'],
    ['CPF 111.444.777-35', 'NATIONAL_ID 111.444.777-35'],
    ['NHS 943 476 5919', 'NATIONAL_ID 943 476 5919'],
  ])('%s holds %s', (text, wanted) => expect(found(text)).toEqual([wanted]));

  it.each([
    'order 4111 1111 1111 1112, one digit off',
    'DE89 3704 0044 0532 0130 01 fails its check',
    '000-12-3456, 666-12-3456, 900-12-3456, 123-00-4567 were never given out',
    'version 1.2.3.4, at 12:30:45 on 2026-11-21, 24.12.2025',
    'npm install @scope/package@1.2.3, see user@localhost and a@b',
    'std::vector<int>::iterator, a::b, 10:20',
    '127.0.0.1, ::1 and 0.0.0.0 are nobody',
    '999.999.999.999 and 1.2.3',
    'the sum is 1,234,567.89 of 12345678901234567890',
    'UUID 123e4567-e89b-12d3-a456-426614174000',
    'ISBN 978-3-16-148410-0, page 12-34, 3.14159265',
    'sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'timestamp 1763740800000 and id 20261121123456',
  ])('%s holds nothing', (text) => expect([text, found(text)]).toEqual([text, []]));
});
