/** The columns of the list of traces. */
export interface TraceColumnDrawn {
  title: string;
  /** At least, in ems. */
  ems: number;
  /** How much of the room that is left over it takes. */
  grow: number;
  /** Where there is no room, the column with the smallest figure goes first. */
  keep: number;
  isNumber?: boolean;
}

export const TRACE_COLUMNS = {
  time: { title: 'Time', ems: 6.2, grow: 0, keep: 8 },
  name: { title: 'Name', ems: 11, grow: 1.4, keep: 9 },
  agent: { title: 'Agent', ems: 8.9, grow: 0.9, keep: 4 },
  tenant: { title: 'Tenant', ems: 6, grow: 0.5, keep: 1 },
  session: { title: 'Session', ems: 6, grow: 0.5, keep: 1 },
  status: { title: 'Status', ems: 5.7, grow: 0, keep: 7 },
  duration: { title: 'Duration', ems: 8.6, grow: 0, keep: 5, isNumber: true },
  spans: { title: 'Spans', ems: 4, grow: 0, keep: 2, isNumber: true },
  calls: { title: 'Calls', ems: 4, grow: 0, keep: 2, isNumber: true },
  failed: { title: 'Failed', ems: 4, grow: 0, keep: 2, isNumber: true },
  tokens: { title: 'Tokens', ems: 9, grow: 0, keep: 3, isNumber: true },
  cost: { title: 'Cost', ems: 6.5, grow: 0, keep: 6, isNumber: true },
  models: { title: 'Models', ems: 8.4, grow: 1.2, keep: 1 },
  id: { title: 'Trace id', ems: 7.4, grow: 0, keep: 1 },
} as const satisfies Record<string, TraceColumnDrawn>;

export type TraceColumn = keyof typeof TRACE_COLUMNS;

const ALL = Object.keys(TRACE_COLUMNS) as TraceColumn[];

export const COLUMNS_AT_FIRST: readonly TraceColumn[] = [
  ...(['time', 'name', 'agent', 'status', 'duration', 'spans', 'tokens', 'cost', 'models'] as const),
];

/** `time,name,cost`, in the order of the table; undefined when it names none. The name is always there: it is the link. */
export function readColumns(value: unknown): TraceColumn[] | undefined {
  if (typeof value !== 'string') return undefined;
  const asked = new Set(value.split(','));
  const known = ALL.filter((column) => asked.has(column));
  return known.length === 0 ? undefined : ALL.filter((column) => column === 'name' || asked.has(column));
}

/** Space between columns and at both ends, in ems. */
const GAP = 1.2;
const ENDS = 4.6;

/** Those that have room in so many ems. */
export function fittingColumns(columns: readonly TraceColumn[], ems: number): TraceColumn[] {
  const fitting = [...columns];
  const needed = () => ENDS + fitting.reduce((sum, column) => sum + TRACE_COLUMNS[column].ems + GAP, 0);
  while (fitting.length > 1 && needed() > ems) {
    const least = Math.min(...fitting.map((column) => TRACE_COLUMNS[column].keep));
    fitting.splice(
      fitting.findLastIndex((column) => TRACE_COLUMNS[column].keep === least),
      1,
    );
  }
  return fitting;
}

/** For `grid-template-columns`: the box for choosing, then the columns. */
export function templateOf(columns: readonly TraceColumn[]): string {
  const widths = columns.map((column) => {
    const { ems, grow } = TRACE_COLUMNS[column];
    return grow === 0 ? `${ems}em` : `minmax(${ems}em, ${grow}fr)`;
  });
  return `1em ${widths.join(' ')}`;
}

const KEY = 'tallyspan.trace-columns';

/** Those chosen before in this browser. */
export function rememberedColumns(): readonly TraceColumn[] {
  try {
    return readColumns(localStorage.getItem(KEY)) ?? COLUMNS_AT_FIRST;
  } catch {
    return COLUMNS_AT_FIRST;
  }
}

export function rememberColumns(columns: readonly TraceColumn[]): void {
  try {
    localStorage.setItem(KEY, columns.join(','));
  } catch {
    // Storage may be forbidden; the columns then hold as long as they stand in the address.
  }
}
