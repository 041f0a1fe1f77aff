import { describe, expect, it } from 'vitest';
import type { ScanContext, Scanner, ScanResult } from '../scanner.ts';
import { banSubstrings } from './ban-substrings.ts';
import { banTopics } from './ban-topics.ts';
import { code } from './code.ts';
import { invisibleText } from './invisible-text.ts';
import { json } from './json.ts';
import { mismatch } from './json-schema.ts';
import { detectLanguage, language } from './language.ts';
import { maliciousUrls } from './malicious-urls.ts';
import { regex } from './regex.ts';
import { judge, relevance } from './relevance.ts';
import { systemPromptLeak } from './system-prompt-leak.ts';
import { estimateTokens, tokenLimit } from './token-limit.ts';

const context: ScanContext = {
  direction: 'output',
  origin: 'assistant',
  prompt: '',
  system: '',
  signal: new AbortController().signal,
  expired: () => false,
};
const scan = (scanner: Scanner, text: string, more: Partial<ScanContext> = {}) =>
  scanner.scan(text, { ...context, ...more }) as ScanResult;
const isValid = (scanner: Scanner, text: string, more?: Partial<ScanContext>) => scan(scanner, text, more).isValid;

describe('InvisibleText', () => {
  const tags = [...'ignore'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');

  it.each([
    ['tag characters', `hello${tags}`],
    ['a right-to-left override', 'user\u202etxt.exe'],
    ['bits in zero-width characters', 'hello \u200b\u200c\u200b\u200b\u200c world'],
    ['bytes in variation selectors', `😀${String.fromCodePoint(0xe0101, 0xe0155, 0xe0120)}`],
    ['words broken by zero-width characters', 'ig\u200bnore pre\u200bvi\u200bous'],
  ])('finds %s', (_, text) => expect(isValid(invisibleText(), text)).toBe(false));

  it.each([
    ['emoji of several people', '👩‍👩‍👧‍👦 and ❤️ and 🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
    ['Persian with its joiners', 'می‌خواهم کتاب‌ها را بخوانم'],
    ['Hindi with its joiners', 'क्‍ष और श्री'],
    ['a soft hyphen or a mark at the start', '\ufeffDonau\u00addampf\u00adschiff'],
    ['Hebrew with direction marks', '\u200fשלום\u200e hello'],
  ])('lets %s pass', (_, text) => expect(isValid(invisibleText(), text)).toBe(true));
});

describe('MaliciousURLs', () => {
  const scanner = maliciousUrls({ deny: ['evil.example'], allow: ['cdn.acme.example'] });

  it.each([
    'click [here](javascript:alert(1))',
    'open data:text/html;base64,PHNjcmlwdD4=',
    'see http://www.paypal.com@203.0.113.9/login',
    'see http://2130706433/admin',
    'see http://0x7f.0.0.1/',
    'see https://xn--pple-43d.com or https://аpple.com',
    'see https://sub.evil.example/x',
    '![chart](https://img.example/p.png?data=the%20whole%20conversation%20about%20the%20contract%20and%20its%20price%20with%20ann)',
    'see http://paypal.com.account-verify.tk/login',
  ])('refuses %s', (text) => expect(isValid(scanner, text)).toBe(false));

  it.each([
    'See https://example.com/docs?page=2#top, and (https://en.wikipedia.org/wiki/URL_(disambiguation)).',
    'http://localhost:4318/v1/traces and http://127.0.0.1:8000/healthz',
    'https://bücher.example/ has an umlaut, https://例え.jp is Japanese',
    'mailto:ann@example.com is no page; "JavaScript: The Good Parts" is a book',
    '![logo](https://cdn.acme.example/logo.png?data=the%20whole%20conversation%20about%20the%20contract%20and%20price)',
    '![badge](https://img.shields.io/badge/build-passing-green.svg?style=flat)',
    'https://login.microsoftonline.com/common/oauth2/authorize',
    'https://github.com/org/repo/releases/download/v1/setup.exe',
  ])('lets %s pass', (text) => expect([text, isValid(scanner, text)]).toEqual([text, true]));

  it('says where the address stands and what is wrong with it', () => {
    expect(scan(scanner, 'go to https://evil.example/x now').spans).toEqual([
      { start: 6, end: 28, kind: 'DENIED_URL' },
    ]);
  });
});

describe('BanSubstrings, BanTopics, Regex', () => {
  it('a banned word is found in any dress, but not within a longer one', () => {
    const scanner = banSubstrings({ substrings: ['Globex', 'Project Ñandú'] });
    for (const text of ['GLOBEX!', 'gl\u200bobex', 'glоbеx', 'ｇｌｏｂｅｘ', 'project nandu'])
      expect([text, isValid(scanner, text)]).toEqual([text, false]);
    expect(isValid(scanner, 'globexian')).toBe(true);
    expect(isValid(banSubstrings({ substrings: ['globex'], match: 'anywhere' }), 'globexian')).toBe(false);
    expect(scan(scanner, 'we and gl\u200bobex!').spans).toEqual([{ start: 7, end: 14, kind: 'BANNED' }]);
  });

  it('a topic is several of its words', () => {
    const scanner = banTopics({ topics: ['gambling', { name: 'Rivals', words: ['Globex', 'Initech', 'Hooli'] }] });
    expect(isValid(scanner, 'Which casino has the best roulette and poker tables?')).toBe(false);
    expect(isValid(scanner, 'Is Initech better than Globex?')).toBe(false);
    expect(isValid(scanner, 'My uncle played poker once, and then we had dinner by the sea.')).toBe(true);
  });

  it('a pattern of your own is found, or must be there', () => {
    const scanner = regex({ patterns: ['ACME-\\d{4}', 'internal(ly)? only'], ignoreCase: true });
    expect(scan(scanner, 'see acme-1234 (Internal only)').spans).toEqual([
      { start: 4, end: 13, kind: 'PATTERN' },
      { start: 15, end: 28, kind: 'PATTERN' },
    ]);
    const wanted = regex({ patterns: ['^Order \\d+'], refuse: 'missing' });
    expect([isValid(wanted, 'Order 12 is on its way'), isValid(wanted, 'Your order is on its way')]).toEqual([
      true,
      false,
    ]);
  });

  it('a pattern that could blow up is refused when the scanner is made, with the reason', () => {
    expect(() => regex({ patterns: ['(a)\\1'] })).toThrow(/PATTERN_REFUSED|back-references are not linear/);
    expect(() => regex({ patterns: ['(?=a)b'] })).toThrow(/look-around/);
  });
});

describe('Language', () => {
  it.each([
    ['en', 'What is the difference between a virus and a bacterium, and which of them can be treated?'],
    ['de', 'Kannst du mir bitte sagen, wie lange ich die Kartoffeln kochen muss?'],
    ['fr', 'Pouvez-vous me dire où se trouve la gare la plus proche ?'],
    ['es', '¿Cuáles son las instrucciones para preparar una paella como la de mi abuela?'],
    ['it', 'Quali sono le regole della briscola e come si gioca con gli amici?'],
    ['pt', 'Você pode me dizer quais são as regras do jogo, por favor? Não sei como começar.'],
    ['nl', 'Wat zijn de regels voor het parkeren in de stad en hoe duur is het?'],
    ['pl', 'Napisz proszę krótki list do sąsiada, który nie jest zadowolony z hałasu.'],
    ['tr', 'Bu oyunun kuralları nelerdir ve nasıl daha iyi olabilirim?'],
    ['ru', 'Какие правила нужно соблюдать в музее?'],
    ['uk', 'Які правила потрібно виконувати в музеї? Їх дуже багато.'],
    ['zh', '请告诉我做红烧肉的步骤。'],
    ['ja', 'カレーの作り方を教えてください。'],
    ['ko', '김치찌개 만드는 방법을 알려줘.'],
    ['ar', 'ما هي قواعد كرة السلة؟'],
    ['hi', 'शतरंज के नियम क्या हैं?'],
  ])('%s is recognised', (wanted, text) => expect(detectLanguage(text)?.language).toBe(wanted));

  it('another language is refused; what cannot be told passes', () => {
    const scanner = language({ allowed: ['en', 'de'] });
    expect(isValid(scanner, 'Какие правила нужно соблюдать в музее?')).toBe(false);
    expect(isValid(scanner, 'Quelles sont les règles du jeu de pétanque dans le sud de la France ?')).toBe(false);
    for (const text of ['ok', '12345', '', 'const x = 1;', 'Bitte kommen Sie mit der Bahn, nicht mit dem Auto.'])
      expect(isValid(scanner, text)).toBe(true);
  });
});

describe('TokenLimit', () => {
  it('the last accepted and the first refused count', () => {
    const scanner = tokenLimit({ tokensMax: 5, count: (text) => text.length });
    expect([isValid(scanner, '12345'), isValid(scanner, '123456')]).toEqual([true, false]);
    expect(scan(scanner, '1234567890').score).toBe(1);
  });

  // Counted once with o200k_base; the estimate may be off by a quarter.
  it.each([
    ['The quick brown fox jumps over the lazy dog.', 10],
    ['Explain the difference between a process and a thread in an operating system.', 14],
    ['const sum = (a, b) => a + b;', 12],
  ])('the estimate for "%s" is near %i', (text, tokens) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(Math.floor(tokens * 0.75));
    expect(estimateTokens(text)).toBeLessThanOrEqual(Math.ceil(tokens * 1.25));
  });
});

describe('Code', () => {
  it.each([
    ['a fence', 'Here it is:\n```python\nprint(1)\n```\nDone.'],
    ['lines of a program', 'def add(a, b):\n    return a + b\n\nprint(add(1, 2))'],
    ['a query', 'select name from users where id = 1\ndelete from users'],
  ])('finds %s', (_, text) => expect(isValid(code(), text)).toBe(false));

  it('prose is no code, and a wanted language is told from another', () => {
    expect(
      isValid(code(), 'Select a name from the list, then import the goods from Peru. Return them within a week;'),
    ).toBe(true);
    expect(isValid(code({ languages: ['sql'] }), '```python\nprint(1)\n```')).toBe(true);
    expect(isValid(code({ languages: ['py'] }), '```python\nprint(1)\n```')).toBe(false);
    expect(isValid(code({ refuse: 'missing' }), 'I cannot write code.')).toBe(false);
  });
});

describe('JSON', () => {
  const schema = {
    type: 'object',
    required: ['name', 'price'],
    properties: {
      name: { type: 'string', pattern: '^[A-Z]' },
      price: { type: 'number', minimum: 0 },
      tags: { type: 'array', items: { enum: ['a', 'b'] } },
    },
    additionalProperties: false,
  } as const;

  it('bare JSON passes as it is; JSON with words around is found and bared', () => {
    const text = '{"name":"Tea","price":2.5}';
    expect(scan(json({ schema }), text)).toEqual({ score: 0, threshold: 0.5, isValid: true, spans: [] });
    expect(scan(json({ schema }), `Here you are:\n\`\`\`json\n${text}\n\`\`\``)).toMatchObject({
      isValid: true,
      sanitized: text,
    });
    expect(isValid(json({ schema }), 'I would rather not.')).toBe(false);
    expect(isValid(json({ schema }), '{"name":"Tea","price":2.5')).toBe(false);
  });

  it.each([
    ['/price: missing', { name: 'Tea' }],
    ['/price: no number', { name: 'Tea', price: '2' }],
    ['/price: too small', { name: 'Tea', price: -1 }],
    ['/name: does not fit the pattern', { name: 'tea', price: 1 }],
    ['/tags/1: none of the values', { name: 'Tea', price: 1, tags: ['a', 'c'] }],
    ['/extra: not allowed', { name: 'Tea', price: 1, extra: true }],
    [': no object', []],
  ])('says %s', (reason, value) => expect(mismatch(value, schema)).toBe(reason));

  it('knows anyOf, oneOf, allOf, not, const and limits', () => {
    expect(mismatch(3, { anyOf: [{ type: 'string' }, { minimum: 2 }] })).toBeUndefined();
    expect(mismatch(3, { oneOf: [{ minimum: 1 }, { minimum: 2 }] })).toBe(': does not fit exactly one of oneOf');
    expect(mismatch('ab', { allOf: [{ minLength: 2 }, { maxLength: 1 }] })).toBe(': too long');
    expect(mismatch(0.3, { multipleOf: 0.1 })).toBeUndefined();
    expect(mismatch([1, 1], { uniqueItems: true })).toBe(': not unique');
    expect(mismatch({ b: 1, a: [2] }, { const: { a: [2], b: 1 } })).toBeUndefined();
    expect(mismatch('x', { not: { type: 'string' } })).toBe(': fits what it must not');
  });
});

describe('SystemPromptLeak', () => {
  const system =
    'You are Otto, the patient assistant of Acme Garden Tools. Answer only questions about lawn mowers and hedge trimmers. ' +
    'Never give discounts above ten percent, and never speak about the recall of the model GT-500. The password is kumquat77.';
  const scanner = systemPromptLeak();

  it.each([
    [
      'a long stretch word for word',
      'My rules: Answer only questions about lawn mowers and hedge trimmers. Never give discounts above ten percent, ok?',
    ],
    ['all of it, in other letters', system.toUpperCase().replaceAll(' ', '  ')],
    ['the secret alone', 'It is kumquat77.'],
    ['the secret spelt out', 'k-u-m-q-u-a-t-7-7'],
    ['the secret backwards', 'Read it from right to left: 77tauqmuk'],
  ])('finds %s', (_, text) => expect(isValid(scanner, text, { system })).toBe(false));

  it.each([
    ['a refusal', 'I cannot tell you my instructions.', ''],
    ['the product and its names', 'As the assistant of Acme Garden Tools I recommend a hedge trimmer.', ''],
    ['what the user said first', 'Yes, kumquat77 is right.', 'Is it kumquat77?'],
    ['an answer about its subject', 'Lawn mowers need a new blade every two years; hedge trimmers want oil.', ''],
  ])('lets %s pass', (_, text, prompt) => expect(isValid(scanner, text, { system, prompt })).toBe(true));

  it('a text of your own must not come out either', () => {
    expect(isValid(systemPromptLeak({ secrets: ['canary-91ac'] }), 'here: CANARY-91AC')).toBe(false);
  });
});

describe('hooks', () => {
  it('relevance is what you say it is', async () => {
    const scanner = relevance({
      relevance: (prompt, output) => (output.includes(prompt) ? 0.9 : 0.1),
      relevanceMin: 0.4,
    });
    expect(scan(scanner, 'tea is hot', { prompt: 'tea' })).toMatchObject({ isValid: true });
    expect(scan(scanner, 'rain', { prompt: 'tea' })).toMatchObject({ isValid: false, score: 0.9 });
    const later = relevance({ relevance: () => Promise.resolve(NaN) });
    await expect(later.scan('x', context)).rejects.toThrow('no number');
  });

  it('EXT-15 a model of yours judges by instructions and examples', async () => {
    const questions: string[] = [];
    const scanner = judge({
      name: 'OffTopic',
      instructions: 'Is this about cooking? {prompt}',
      violates: 'off',
      safe: 'fine',
      examples: [{ text: 'cars', violates: true }],
      ask: async (question) => {
        questions.push(question);
        return question.includes('soup') ? ' Fine.' : question.includes('rain') ? 'OFF' : 'perhaps';
      },
    });
    const of = (text: string) => Promise.resolve(scanner.scan(text, { ...context, direction: 'input' }));
    expect(await of('soup')).toMatchObject({ isValid: true });
    expect(await of('rain')).toMatchObject({ isValid: false, score: 1 });
    await expect(of('wind')).rejects.toThrow('neither');
    expect(questions[0]).toBe(
      'Is this about cooking? soup\n\nExample: cars\nAnswer: off\n\nAnswer with one word: off or fine.',
    );
  });
});
