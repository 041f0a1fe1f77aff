/** Orders that the server knows for lists of groups. Sorted so, the first row is the first of all, however many are listed. */
const ORDERS = {
  '-cost': { order: 'cost', text: 'that cost most' },
  '-last': { order: 'last', text: 'seen last' },
  '-spans': { order: 'spans', text: 'with most spans' },
} as const;

export interface ListOrder {
  order: 'cost' | 'last' | 'spans';
  /** Which ones are listed: "those seen last". */
  text: string;
  /** Whether the table's order is the server's, and not one among the loaded rows only. */
  isWhole: boolean;
}

/** What to ask for so that a table sorted by `sort` has the right rows; in the order of `otherwise` where the server knows no such. */
export function listOrder(sort: string | undefined, otherwise: keyof typeof ORDERS): ListOrder {
  const asked = sort ?? otherwise;
  return Object.hasOwn(ORDERS, asked)
    ? { ...ORDERS[asked as keyof typeof ORDERS], isWhole: true }
    : { ...ORDERS[otherwise], isWhole: false };
}
