import { contentFacts, type Speech } from '../filter-sql.ts';

const number = String.raw`'-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?'`;
const contains = (text: string, part: string) => `contains(lower(${text}), lower(${part}))`;
/** All that was said. The JSON is read once for all of them. NULL where there is none of them: the opposite of NULL would be nothing too. */
export const content = `coalesce(array_to_string(json_extract_string(facts, [${contentFacts.map((fact) => `'/${fact}'`).join(', ')}]), ' '), '')`;

/** How a run is shown. */
export const runNumber = 'CAST(run_number AS VARCHAR)';

export const speech: Omit<Speech, 'hasSpan'> = {
  contains,
  holds: (text, part) => `contains(${text}, ${part})`,
  idStarts: (column, start) => `starts_with(${column}, ${start})`,
  attribute(column, key) {
    // Keys that begin with a tilde got one more, and so have large integers a tag: see tagged-json.ts.
    const path = `'/' || CASE WHEN starts_with(${key}, '~') THEN '~0' ELSE '' END || replace(replace(${key}, '~', '~0'), '/', '~1')`;
    const values = `json_extract_string(${column}, [${path} || '/~0int', ${path} || '/~0number', ${path}])`;
    return `coalesce(${values}[1], ${values}[2], ${values}[3])`;
  },
  number: (text) => `CASE WHEN regexp_full_match(${text}, ${number}) THEN TRY_CAST(${text} AS DOUBLE) END`,
  runNumber: (comparison, value) => `run_number ${comparison} ${value}`,
  said: (part, outline) => `CASE WHEN ${contains('facts', outline)} THEN ${contains(content, part)} ELSE false END`,
  traceCost: 'CAST("costNanos" AS HUGEINT)',
};
