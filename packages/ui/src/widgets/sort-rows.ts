/** What a row is ordered by. Money as bigint, so that it is exact. */
export type SortValue = string | number | bigint | null;

/** A sorted copy; what is null stands last in both directions, and equal rows stay as they were. */
export function sorted<Row>(rows: readonly Row[], by: (row: Row) => SortValue, isDown: boolean): Row[] {
  const direction = isDown ? -1 : 1;
  return rows
    .map((row) => ({ row, value: by(row) }))
    .sort(({ value: one }, { value: other }) => {
      if (one === null || other === null) return Number(one === null) - Number(other === null);
      if (typeof one === 'string' && typeof other === 'string') return direction * collator.compare(one, other);
      return direction * (one < other ? -1 : one > other ? 1 : 0);
    })
    .map(({ row }) => row);
}

/** The next order when a heading is chosen: as the column is mostly read, then the other way round, then none. */
export function turned(sort: string | undefined, id: string, downFirst: boolean): string | undefined {
  const [first, second] = downFirst ? [`-${id}`, id] : [id, `-${id}`];
  return sort === first ? second : sort === second ? undefined : first;
}

const collator = new Intl.Collator('en', { numeric: true });
