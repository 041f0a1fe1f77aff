import { contentFacts, type Speech } from '../filter-sql.ts';
import { numberedRuns } from './number-runs.ts';

const number = String.raw`'^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$'`;
const contains = (text: string, part: string) => `position(lowerUTF8(${text}), lowerUTF8(${part})) > 0`;
const content = `concat(${contentFacts.map((fact) => `JSONExtractString(facts, '${fact}')`).join(`, ' ', `)})`;

export const speech: Omit<Speech, 'hasSpan'> = {
  contains,
  holds: (text, part) => `position(${text}, ${part}) > 0`,
  idStarts: (column, start) => `startsWith(lower(hex(${column})), ${start})`,
  attribute(column, key) {
    // Keys that begin with a tilde got one more, and so have large integers a tag: see tagged-json.ts.
    const path = `if(startsWith(${key}, '~'), concat('~', ${key}), ${key})`;
    const tagged = (tag: string) =>
      `JSONHas(${column}, ${path}, '~${tag}'), JSONExtractString(${column}, ${path}, '~${tag}')`;
    return `multiIf(${tagged('int')}, ${tagged('number')},
      JSONType(${column}, ${path}) = 'Null', NULL,
      JSONType(${column}, ${path}) = 'String', JSONExtractString(${column}, ${path}),
      JSONExtractRaw(${column}, ${path}))`;
  },
  number: (text) => `if(match(assumeNotNull(${text}), ${number}), toFloat64OrNull(assumeNotNull(${text})), NULL)`,
  runNumber: (comparison, value) =>
    `run_id IS NOT NULL AND run_key GLOBAL IN (SELECT run_key FROM (${numberedRuns('true')}) WHERE number ${comparison} ${value})`,
  said: (part, outline) => `CASE WHEN ${contains('facts', outline)} THEN ${contains(content, part)} ELSE false END`,
  traceCost: '"costNanos"',
};
