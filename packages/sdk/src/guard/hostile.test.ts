import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { scanAfter, scanBefore } from './engine.ts';
import {
  banSubstrings,
  banTopics,
  code,
  invisibleText,
  json,
  language,
  maliciousUrls,
  personalData,
  promptInjection,
  regex,
  secrets,
  systemPromptLeak,
  tokenLimit,
  Vault,
} from './index.ts';
import { makeReady, type Policy, policyFor } from './policy.ts';
import { fold } from './text/fold.ts';
import { textsOfAsked, textsOfTool } from './texts-of-content.ts';
import type { Verdict } from './verdict.ts';

const everything = () => [
  promptInjection(),
  secrets(),
  personalData(),
  invisibleText(),
  maliciousUrls(),
  systemPromptLeak(),
  code(),
  json(),
  language({ allowed: ['en'] }),
  tokenLimit({ tokensMax: 1_000 }),
  banSubstrings({ substrings: ['acme', 'ß', '\ud800'] }),
  banTopics({ topics: ['weapons'] }),
  regex({ patterns: ['(a+)+b', '\\d+$'] }),
];

/** Any UTF-16 at all, and what attackers are fond of. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom(
        '@',
        'a@b.co',
        ' 4111 1111 1111 1111 ',
        '\u200b',
        '\u202e',
        '\ud800',
        '\udc00',
        '😀',
        'http://',
        'data:',
        '![](',
        '`',
        '"',
        '{',
        '[',
        '\0',
        '﷽',
        'ﷺ',
        'İ',
        'ignore',
        'all',
        'previous',
        'instructions',
        '[EMAIL_1]',
        '[CARD_2]',
        'aWdub3Jl',
        '%41%42%43%44',
        '\\u0041',
        ' ',
        '\n',
        '+1 202 555 0143',
        'DE89370400440532013000',
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
);

let policy: Policy;
beforeAll(async () => {
  policy = policyFor({ mode: 'redact', input: everything(), output: everything(), scanMsMax: 60_000 }, undefined, {})!;
  await makeReady(policy);
});

describe('hostile text', () => {
  it('no text makes a scanner fail, and every place lies within its text', () => {
    fc.assert(
      fc.property(hostile, hostile, (text, system) => {
        const prompt = [{ text: system, origin: 'system' as const }, { text }];
        for (const verdict of [
          scanBefore(policy, prompt) as Verdict,
          scanAfter(policy, prompt, [{ text }]) as Verdict,
        ]) {
          expect(verdict.failures).toEqual({});
          for (const { start, end, text: index } of Object.values(verdict.spans).flat()) {
            const { length } = (verdict.direction === 'input' ? prompt : [{ text }])[index]!.text;
            expect([start >= 0, start < end, end <= length]).toEqual([true, true, true]);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('what was redacted can be restored, whatever the text, and redacting again changes nothing', () => {
    const own = policyFor(
      { mode: 'redact', input: [personalData(), secrets(), banSubstrings({ substrings: ['acme'] })] },
      undefined,
      {},
    )!;
    fc.assert(
      fc.property(hostile, (text) => {
        const { sanitizedTexts, vault } = scanBefore(own, [{ text }]) as Verdict;
        if (!sanitizedTexts) return;
        expect(vault!.restore(sanitizedTexts[0]!)).toBe(text);
        const again = scanBefore(own, [{ text: sanitizedTexts[0]! }], new Vault()) as Verdict;
        expect(again.spans.PII ?? []).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('folding keeps a way back for every character', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { text: folded, origins } = fold(text);
        if (!origins) expect(folded.length).toBe(text.length);
        for (let at = 0; at < (origins ? folded.length : 0); at++) {
          expect(origins![at]!).toBeLessThan(text.length);
          if (at > 0) expect(origins![at]!).toBeGreaterThanOrEqual(origins![at - 1]!);
        }
      }),
      { numRuns: 600 },
    );
  });

  it.each([
    ['letters', 'a'],
    ['spaces', ' '],
    ['at signs', '@'],
    ['digits', '1'],
    ['dashes and digits', '1-'],
    ['brackets', '['],
    ['braces', '{"a":'],
    ['quotes', '"'],
    ['colons', ':'],
    ['dots', 'a.'],
    ['base64', 'QUJD'],
    ['hex', '4a '],
    ['zero-width', 'a\u200b'],
    ['tags', '\u{e0041}'],
    ['lone surrogates', '\ud800'],
    ['Arabic ligatures', '\ufdfa'],
    ['backticks', '```\n'],
    ['addresses', 'http://a'],
    ['keys', 'sk-'],
    ['passwords', 'password = '],
    ['attacks', 'ignore all previous '],
    ['e-mail', 'a@b.c'],
    ['spelt letters', 'i g n o r e '],
    ['Han', '忽略'],
    ['encoded', 'aWdub3JlIGFsbCBw'],
  ])('a long text of %s is scanned to its end by every scanner', (_, unit) => {
    const text = unit.repeat(Math.ceil(100_000 / unit.length));
    const verdict = scanBefore(policy, [{ text }]) as Verdict;
    expect(verdict.failures).toEqual({});
    expect(Object.keys(verdict.scanners)).toContain('PromptInjection');
  });
});

describe('a megabyte', () => {
  it.each([
    ['letters', 'a'],
    ['zero-width characters', 'a\u200b'],
    ['lone surrogates', '\ud800'],
    ['at signs', 'a@'],
  ])('of %s is scanned to its end by the default scanners', async (_, unit) => {
    const own = policyFor({ scanMsMax: 60_000 }, undefined, {})!;
    const verdict = await scanBefore(own, [{ text: unit.repeat(1_000_000 / unit.length) }]);
    expect(verdict.failures).toEqual({});
    expect(Object.keys(verdict.scanners)).toEqual(['PromptInjection', 'Secrets', 'InvisibleText']);
  });
});

describe('texts of a call', () => {
  it('are found however deep a tool hides them, and a value that is too large ends', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 5_000; level++) deep = level % 2 ? [deep] : { inner: deep };
    expect(textsOfTool(deep)).toEqual([{ text: 'bottom', origin: 'tool' }]);
    const circular: Record<string, unknown> = { text: 'x' };
    circular.self = circular;
    expect(textsOfTool(circular).length).toBeLessThanOrEqual(10_000);
    expect(textsOfTool(Array.from({ length: 20_000 }, () => 'x')).length).toBeLessThanOrEqual(10_000);
  });

  it('keep who wrote them', () => {
    expect(
      textsOfAsked({
        system: [{ type: 'text', content: 's' }],
        input: [
          { role: 'developer', parts: [{ type: 'text', content: 'd' }] },
          {
            role: 'user',
            parts: [
              { type: 'text', content: 'u' },
              { type: 'blob', modality: 'image', content: 'AAAA' },
            ],
          },
          { role: 'assistant', parts: [{ type: 'tool_call', name: 'find', arguments: { q: 'a' } }] },
          { role: 'tool', parts: [{ type: 'tool_call_response', response: [{ text: 'r' }] }] },
        ],
      }).map(({ text, origin }) => `${origin} ${text}`),
    ).toEqual(['system s', 'system d', 'user u', 'assistant a', 'tool r']);
  });
});
