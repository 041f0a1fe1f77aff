import { boards } from './panels/boards.ts';
import { units } from './panels/units.ts';

/** Every panel that there is: for people, for scripts that ask the same, and for tests. */
export function manifest() {
  return boards.map(({ uid, title, about, panels }) => ({
    dashboard: uid,
    title,
    about,
    panels: panels.map(({ id, title: name, meaning, unit, source, kind, queries, sql }, index) => ({
      id,
      panel: index + 1,
      title: name,
      meaning,
      unit: units[unit],
      source,
      kind,
      queries: queries.map(({ promql }) => promql),
      ...(sql !== undefined && { sql }),
    })),
  }));
}
