/**
 * Somebody else's text, with the characters that hide or reorder it made visible: control characters, direction overrides
 * (`gnp.exe` after one reads `exe.png`) and the invisible tag characters that smuggle instructions to models. Line breaks and
 * tabs stay, and so do the tags that make the flag of Wales.
 */
export function printable(text: string): string {
  return HIDDEN.test(text) ? text.replace(HIDDEN_EACH, escaped) : text;
}

const HIDDEN_SOURCE =
  '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]|(?<!\\u{1f3f4}[\\u{e0020}-\\u{e007f}]*)[\\u{e0000}-\\u{e007f}]';
const HIDDEN = new RegExp(HIDDEN_SOURCE, 'u');
const HIDDEN_EACH = new RegExp(HIDDEN_SOURCE, 'gu');

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
