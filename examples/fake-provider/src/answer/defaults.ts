/** What a model says when nobody wrote it a script. Ten words, so that a stream has ten pieces. */
export const defaultText = 'The fake provider answers every question with this one sentence.';

export const defaultThinking = 'I was asked something. I always say the same.';

/** Four characters are a token. It is not how tokenizers count, but everybody can check it. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
