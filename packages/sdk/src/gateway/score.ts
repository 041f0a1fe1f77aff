/** Words of a question that say nothing of what is wanted. */
const EMPTY = new Set(
  'a about an and any are at by can do for from get how i in into is it me my of on or please some that the this to use want what with you'.split(
    ' ',
  ),
);

/** What a word counts that is in the name, in the description, or only begins like one of them (`whale`, `whales`). */
const IN_NAME = 1;
const IN_DESCRIPTION = 0.8;
const ALIKE = 0.6;
/** Shorter beginnings are shared by words that have nothing in common. */
const ALIKE_CHARS_MIN = 4;

interface Described {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
}

/** How much of a query a tool answers, 0 to 1: the mean over the query's words. The same words always give the same answer. */
export function score(query: string, { name, title, description }: Described): number {
  const wanted = wordsOf(query).filter((word) => !EMPTY.has(word));
  if (wanted.length === 0) return 0;
  const named = new Set(wordsOf(`${name} ${title ?? ''}`));
  const described = new Set(wordsOf(description ?? ''));
  const all = [...named, ...described];
  const sum = wanted.reduce((total, word) => {
    if (named.has(word)) return total + IN_NAME;
    if (described.has(word)) return total + IN_DESCRIPTION;
    return total + (all.some((other) => isAlike(word, other)) ? ALIKE : 0);
  }, 0);
  return Math.round((sum / wanted.length) * 1000) / 1000;
}

/** `convertCurrency_v2` → convert, currency, v2. */
function wordsOf(text: string): string[] {
  return (
    text
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

function isAlike(word: string, other: string): boolean {
  const [short, long] = word.length < other.length ? [word, other] : [other, word];
  return short.length >= ALIKE_CHARS_MIN && long.startsWith(short);
}
