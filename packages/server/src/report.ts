/** Tells the operator one thing in one line. Texts from outside go through {@link oneLine} first. */
export type Report = (line: string) => void;

/** Control characters would let a sender forge log lines or drive the terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** What is known of an error, in one line. */
export function describeError(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}
