import type { Repricing } from '@tallyspan/server';
import { exactCount } from '../../format/count.ts';
import { nanosFromUsd } from '../../format/money.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Money } from '../../widgets/money.tsx';
import { Clip } from '../../widgets/text.tsx';

type Row = Repricing['models'][number];

/** By model, what its calls cost before and after. */
export function RepriceTable({ repriced }: { repriced: Repricing }) {
  const rows = repriced.models.filter(({ changed }) => changed > 0);
  if (rows.length === 0) return null;
  return (
    <DataTable
      label={repriced.dryRun ? 'What would change' : 'What changed'}
      columns={COLUMNS}
      rows={rows}
      keyOf={({ provider, model }) => JSON.stringify([provider, model])}
      testId="repriced"
    />
  );
}

const COLUMNS: readonly Column<Row>[] = [
  { id: 'model', title: 'Model', cell: ({ model }) => <Clip text={model ?? 'no model'} />, sort: ({ model }) => model },
  {
    ...{ id: 'provider', title: 'Provider', from: 'desktop' },
    cell: ({ provider }) => <Clip text={provider ?? 'no provider'} />,
    sort: ({ provider }) => provider,
  },
  {
    ...{ id: 'changed', title: 'Calls', isNumber: true },
    cell: ({ changed, calls }) => <span title={`of ${exactCount(calls)}`}>{exactCount(changed)}</span>,
    sort: ({ changed }) => changed,
  },
  {
    ...{ id: 'unpriced', title: 'Without a price', isNumber: true, from: 'tablet' },
    cell: ({ oldUnpriced, newUnpriced }) =>
      oldUnpriced === newUnpriced ? exactCount(newUnpriced) : `${exactCount(oldUnpriced)} → ${exactCount(newUnpriced)}`,
    sort: ({ newUnpriced }) => newUnpriced,
  },
  {
    ...{ id: 'was', title: 'Was', isNumber: true },
    cell: ({ oldUsd }) => <Money usd={oldUsd} />,
    sort: ({ oldUsd }) => nanosFromUsd(oldUsd),
  },
  {
    ...{ id: 'is', title: 'Is', isNumber: true },
    cell: ({ newUsd }) => <Money usd={newUsd} />,
    sort: ({ newUsd }) => nanosFromUsd(newUsd),
  },
];
