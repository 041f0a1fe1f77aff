/** What a person may want to type next into a filter. */
import {
  type Completion,
  completeFilter,
  type Field,
  filterFields,
  isFieldName,
  keyedFields,
  writeTerm,
} from '@tallyspan/facts/query';

export interface Suggestion {
  /** Shown. */
  text: string;
  /** Takes the place of what was typed from `from` to `to`. */
  insert: string;
  about: string;
  /** How many spans have it; of a field none. */
  count?: number;
}

/** Whether a list shows traces, or sums spans: some fields are only of one of them. */
export type FilterOf = 'traces' | 'spans';

const FIELDS: readonly (readonly [name: string, field: Field])[] = Object.entries(filterFields);

/** Fields that begin so. A number is mostly compared, so its operator is not the colon. */
export function suggestFields(prefix: string, of: FilterOf): Suggestion[] {
  const asked = prefix.toLowerCase();
  const fields = FIELDS.filter(([, field]) => of === 'traces' || field.of !== 'trace').map(
    ([name, { type, description, example }]) => ({
      text: name,
      insert: type === 'text' || type === 'id' ? `${name}:` : `${name}>`,
      about: `${description}, as ${example}`,
    }),
  );
  const keyed = Object.entries(keyedFields).map(([name, { description, example }]) => ({
    ...{ text: `${name}.…`, insert: `${name}.`, about: `${description}, as ${example}` },
  }));
  const has = { text: 'has', insert: 'has:', about: 'there is a value, as has:error' };
  return [...fields, ...keyed, has].filter(({ text }) => text.startsWith(asked));
}

/** Values, of those that the field always has and those that the store has seen. */
export function suggestValues(
  { field, prefix }: Completion,
  seen: readonly { value: string; count: number }[],
): Suggestion[] {
  const own = field !== undefined && isFieldName(field) ? (filterFields[field] as Field).values : undefined;
  const counts = new Map(seen.map(({ value, count }) => [value, count]));
  const named = own ?? seen.map(({ value }) => value);
  return named
    .filter((value) => value.toLowerCase().startsWith(prefix.toLowerCase()))
    .map((value) => {
      const count = counts.get(value);
      return { text: value, insert: `${valueText(value)} `, about: '', ...(count !== undefined && { count }) };
    });
}

/** The field whose values are asked of the store; undefined where there is nothing to ask. */
export function askedField({ field }: Completion): string | undefined {
  if (field === undefined || field === 'has') return undefined;
  if (!isFieldName(field)) return field;
  const { type, values } = filterFields[field] as Field;
  return type === 'text' && !values ? field : undefined;
}

/** The text with a suggestion in it, and where the cursor then stands. */
export function accept(
  text: string,
  { from, to }: Completion,
  { insert }: Suggestion,
): { text: string; cursor: number } {
  const rest = text
    .slice(to)
    .replace(/^[^\s()]*/, '')
    .trimStart();
  return { text: text.slice(0, from) + insert + rest, cursor: from + insert.length };
}

export { completeFilter };

/** A value as it stands behind the colon. */
function valueText(value: string): string {
  return writeTerm('name', value).slice('name:'.length);
}
