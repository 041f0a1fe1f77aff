import type { SpanRow } from '@tallyspan/server';
import { Link } from '@tanstack/react-router';
import { nanosFromUsd } from '../format/money.ts';
import { printable } from '../format/printable.ts';
import type { Column } from './data-table.tsx';
import { Ago } from './figures.tsx';
import { Money, NoCost } from './money.tsx';
import { Clip, SpanName } from './text.tsx';

/** Columns of tables of single spans. The name leads to the span in its trace. */
export const spanColumns = [
  {
    ...{ id: 'name', title: 'Span' },
    cell: ({ traceId, spanId, name }) => (
      <Link
        to="/traces/$traceId"
        params={{ traceId }}
        search={{ span: spanId }}
        preload={false}
        className="row-link clip"
        title={printable(name)}
      >
        <SpanName name={name} />
      </Link>
    ),
    sort: ({ name }) => name,
  },
  {
    ...{ id: 'agent', title: 'Agent', from: 'tablet' },
    cell: ({ agent }) => agent !== null && <Clip text={agent} />,
    sort: ({ agent }) => agent,
  },
  {
    ...{ id: 'model', title: 'Model', from: 'desktop' },
    cell: ({ model }) => model !== null && <Clip text={model} />,
    sort: ({ model }) => model,
  },
  {
    ...{ id: 'time', title: 'Time', isNumber: true },
    cell: ({ start }) => <Ago iso={start} />,
    sort: ({ start }) => start,
  },
  {
    ...{ id: 'cost', title: 'Cost', isNumber: true, from: 'tablet' },
    cell: ({ costUsd }) => (costUsd === null ? <NoCost title="No known cost" /> : <Money usd={costUsd} />),
    sort: ({ costUsd }) => (costUsd === null ? null : nanosFromUsd(costUsd)),
  },
] as const satisfies readonly Column<SpanRow>[];
