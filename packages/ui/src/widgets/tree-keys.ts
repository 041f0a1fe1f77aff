/** What a line of a tree must tell so that the arrow keys can walk it. */
export interface TreeLine {
  level: number;
  /** Whether its children are shown; null when it has none. */
  expanded: boolean | null;
}

export type TreeMove = { type: 'go'; index: number } | { type: 'expand' | 'fold'; index: number };

/**
 * What a key does in a tree, as the ARIA practices describe it: up and down by line, right opens and enters, left closes and
 * leaves. `j` and `k` are down and up. Null for a key that means nothing here.
 */
export function treeMove(key: string, lines: readonly TreeLine[], index: number, linesPerPage = 10): TreeMove | null {
  const last = lines.length - 1;
  const line = lines[index];
  if (last < 0) return null;
  const go = (to: number): TreeMove => ({ type: 'go', index: Math.min(last, Math.max(0, to)) });
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return go(index + 1);
    case 'ArrowUp':
    case 'k':
      return go(line ? index - 1 : 0);
    case 'PageDown':
      return go(index + linesPerPage);
    case 'PageUp':
      return go(index - linesPerPage);
    case 'Home':
      return go(0);
    case 'End':
      return go(last);
    case 'ArrowRight':
      if (line?.expanded === false) return { type: 'expand', index };
      return line?.expanded ? go(index + 1) : null;
    case 'ArrowLeft': {
      if (!line) return null;
      if (line.expanded) return { type: 'fold', index };
      for (let above = index - 1; above >= 0; above--) if (lines[above]!.level < line.level) return go(above);
      return null;
    }
    default:
      return null;
  }
}
