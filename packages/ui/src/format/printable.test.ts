import { expect, it } from 'vitest';
import { printable } from './printable.ts';

it('characters that reorder or hide text are shown as what they are', () => {
  expect(printable('\u202egnp.exe')).toBe('\\u202egnp.exe');
  expect(printable('a\u0000b\u001b[31m\u009b')).toBe('a\\u0000b\\u001b[31m\\u009b');
  expect(printable('ok\u{e0069}\u{e0067}')).toBe('ok\\u{e0069}\\u{e0067}');
});

it('ordinary text in any language, line breaks, emoji and flags stay as they are', () => {
  for (const text of ['two\nlines\tand a tab', 'שלום עולם', 'مرحبا', '日本語', '👩‍🚀', '🏴󠁧󠁢󠁷󠁬󠁳󠁿', 'e\u0301', '']) {
    expect(printable(text)).toBe(text);
  }
});
