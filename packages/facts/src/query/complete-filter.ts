/** What is being typed at a place in a filter, for suggestions. */
import { scanFilter } from './scan-filter.ts';

/** `from` and `to` are what a suggestion replaces. */
export interface Completion {
  /** The field whose value is typed, `attr.http.method` for one of an attribute; undefined while a field is typed. */
  field: string | undefined;
  prefix: string;
  from: number;
  to: number;
}

export function completeFilter(text: string, cursor: number): Completion {
  const before = text.slice(0, cursor);
  const { tokens, unreadable } = scanFilter(before);
  // An open quotation mark: the value it begins is what is typed.
  const closed = unreadable ? scanFilter(`${before}"`).tokens : tokens;
  const last = closed.at(-1);
  const at = { field: undefined, prefix: '', from: cursor, to: cursor };
  if (!last || (!unreadable && last.end < cursor)) return at;
  if (last.kind === 'term') {
    const field = last.key === undefined ? last.field!.replace(/^span\./, '') : `${last.field}.${last.key}`;
    return { field, prefix: last.value, from: last.valueAt, to: cursor };
  }
  if (last.kind === 'words' && !last.quoted) return { field: undefined, prefix: last.value, from: last.at, to: cursor };
  return at;
}
