/** From values to text: a filter that finds what somebody clicked on. */
import type { FieldName } from './fields.ts';

/** `model:gpt-4o`, `user:"a b"`; `-has:user` for what has none. An attribute is named `attr.http.method`. */
export function writeTerm(
  field: FieldName | 'has' | `attr.${string}` | `resource.${string}`,
  value: string | null,
): string {
  const name = field.replace(/^(attr|resource)\.(.*)$/s, (_, head: string, key: string) => `${head}.${quotedKey(key)}`);
  if (value === null) return `-has:${/["\s)]/.test(field) ? quoted(field) : field}`;
  return `${name}:${/^[^\s()"*\\<>=!-][^\s()"*\\]*$/.test(value) ? value : quoted(value)}`;
}

function quotedKey(key: string): string {
  return /^[^\s:=<>!()"]+$/.test(key) ? key : quoted(key);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"`;
}
