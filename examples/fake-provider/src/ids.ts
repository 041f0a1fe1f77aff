import { createHash } from 'node:crypto';

/** Makes ids in a provider's shape: the prefix and so many letters and digits. The same seed gives the same ids in the same order. */
export type MakeId = (prefix: string, characters: number) => string;

export function idsFrom(seed: string): MakeId {
  let made = 0;
  return (prefix, characters) => {
    made += 1;
    const text = createHash('sha512').update(`${seed} ${made}`).digest('base64').replace(/[+/=]/g, '');
    return prefix + text.slice(0, characters);
  };
}
