/** Views that somebody gave a name, kept in this browser. A view is an address of the list of traces. */
export interface SavedView {
  name: string;
  /** With the question mark; empty for the list as it is without any. */
  search: string;
}

const KEY = 'tallyspan.views';
const VIEWS_MAX = 50;
export const VIEW_NAME_CHARS_MAX = 60;

export function savedViews(): SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isView).slice(0, VIEWS_MAX) : [];
  } catch {
    return [];
  }
}

/** The newest first; one of the same name is replaced. False when this browser keeps nothing. */
export function saveView(view: SavedView): boolean {
  return keep([view, ...savedViews().filter(({ name }) => name !== view.name)].slice(0, VIEWS_MAX));
}

export function removeView(name: string): boolean {
  return keep(savedViews().filter((view) => view.name !== name));
}

function keep(views: readonly SavedView[]): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(views));
    return true;
  } catch {
    return false;
  }
}

/** What lies in the storage may be from another version, or from anybody. */
function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false;
  const { name, search } = value as Record<string, unknown>;
  return typeof name === 'string' && typeof search === 'string' && (search === '' || search.startsWith('?'));
}
