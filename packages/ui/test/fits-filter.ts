import { type Filter, parseFilter } from '@tallyspan/facts/query';
import type { TraceSummary } from '@tallyspan/server';

/** Whether a trace fits a filter, for the few fields that the tests of the page ask for. */
export function fitsFilter(q: string): (trace: TraceSummary) => boolean {
  const parsed = parseFilter(q);
  if (!parsed.ok) throw new Error(`${q}: ${parsed.message}`);
  const { filter } = parsed;
  return (trace) => filter === undefined || fits(filter, trace);
}

function fits(filter: Filter, trace: TraceSummary): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.of.every((each) => fits(each, trace));
    case 'any':
      return filter.of.some((each) => fits(each, trace));
    case 'not':
      return !fits(filter.of, trace);
    case 'contains':
      return trace.name.includes(filter.text);
    case 'equals': {
      const { name } = filter.field;
      const values = name === 'model' ? trace.models : [(trace as Record<string, unknown>)[name]];
      return values.includes(filter.text);
    }
    default:
      throw new Error(`The tests do not ask for ${filter.kind}.`);
  }
}
