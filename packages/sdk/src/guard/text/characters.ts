/** Characters that show nothing, and letters that show another. Sources: Unicode 17 DerivedCoreProperties and confusables.txt. */

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Code points that take no room on the screen. Tag characters (U+E0000…) are a range of their own. */
export const INVISIBLE: ReadonlySet<number> = new Set([
  0x00ad, // soft hyphen
  0x034f, // combining grapheme joiner
  0x061c, // Arabic letter mark
  ...range(0x115f, 0x1160), // Hangul fillers
  ...range(0x17b4, 0x17b5),
  ...range(0x180b, 0x180f), // Mongolian variation selectors
  ...range(0x200b, 0x200f), // zero width, direction marks
  ...range(0x202a, 0x202e), // bidirectional embedding and override
  ...range(0x2060, 0x206f), // word joiner, invisible operators, isolates
  0x3164,
  ...range(0xfe00, 0xfe0f), // variation selectors
  0xfeff,
  0xffa0,
  ...range(0xfff0, 0xfffb),
  ...range(0x1bca0, 0x1bca3),
  ...range(0x1d173, 0x1d17a),
]);

/** Look-alikes of lower-case Latin letters, after compatibility forms (𝐢, ｉ, ⓘ) were resolved. */
const ALIKE: Readonly<Record<string, string>> = {
  a: 'аɑαᴀ',
  b: 'ьʙɓ',
  c: 'сϲᴄƈ',
  d: 'ԁɗᴅ',
  e: 'еєεᴇҽ',
  f: 'ꜰƒ',
  g: 'ɡɢġ',
  h: 'һʜհ',
  i: 'іιɪıӏ',
  j: 'јϳᴊ',
  k: 'кκᴋ',
  l: 'ʟⅼ',
  m: 'мᴍ',
  n: 'пηɴո',
  o: 'оοσᴏօ',
  p: 'рρᴘ',
  q: 'ԛգ',
  r: 'гʀᴦ',
  s: 'ѕꜱ',
  t: 'тτᴛ',
  u: 'υᴜսц',
  v: 'νѵᴠ',
  w: 'ԝωᴡш',
  x: 'хχ',
  y: 'уүγʏ',
  z: 'ᴢʐ',
};

export const CONFUSABLE: ReadonlyMap<string, string> = new Map(
  Object.entries(ALIKE).flatMap(([latin, alike]) => [...alike].map((letter) => [letter, latin] as const)),
);
