import type { CostNode } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { cellFilter } from '../../costs/cell-filter.ts';
import { explanationQuery } from '../../costs/costs-queries.ts';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { pricedModelsQuery } from '../../settings/settings-queries.ts';
import { SOURCES } from '../../trace/explain-cost.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { TotalCost } from '../../widgets/money.tsx';
import { Answered } from '../../widgets/page.tsx';
import { EmptyState } from '../../widgets/states.tsx';
import { Clip } from '../../widgets/text.tsx';
import { OwnPrices } from './own-prices.tsx';
import { PriceForm } from './price-form.tsx';
import { RepriceSection } from './reprice-section.tsx';

/** A model of a provider, and who said what its calls cost. */
interface PricedModel {
  provider: CostNode;
  model: CostNode;
}

/** What the calls were priced with. Prices come with the server; a call keeps the one it was priced with. */
export function PricesView() {
  const query = useQuery(pricedModelsQuery);
  return (
    <>
      <p className="page-lead">
        The price table comes with the server and is found by provider, model and time; a call keeps the price and the
        version it was priced with. A call that nobody can price is unpriced, never free: set a price for its model, and
        then price the stored calls anew.
      </p>
      <OwnPrices />
      <section className="section">
        <h2>Models that were called</h2>
        <Answered query={query}>
          {({ tree }) => {
            const rows = tree.flatMap((provider) => provider.children.map((model) => ({ provider, model })));
            return rows.length === 0 ? (
              <EmptyState
                icon="coins"
                title="No model was called yet"
                text="The prices of models that were called are listed here."
              />
            ) : (
              <DataTable
                label="Models and their prices"
                columns={COLUMNS}
                rows={rows}
                keyOf={({ provider, model }) => JSON.stringify([provider.value, model.value])}
                testId="prices"
              />
            );
          }}
        </Answered>
      </section>
      <RepriceSection />
    </>
  );
}

const COLUMNS: readonly Column<PricedModel>[] = [
  {
    id: 'model',
    title: 'Model',
    cell: ({ model }) => <Clip text={model.value ?? 'no model'} />,
    sort: ({ model }) => model.value,
  },
  {
    id: 'provider',
    title: 'Provider',
    cell: ({ provider }) => <Clip text={provider.value ?? 'no provider'} />,
    sort: ({ provider }) => provider.value,
    from: 'tablet',
  },
  {
    id: 'calls',
    title: 'Calls',
    isNumber: true,
    cell: ({ model }) => exactCount(model.calls),
    sort: ({ model }) => model.calls,
  },
  {
    id: 'cost',
    title: 'Cost',
    isNumber: true,
    cell: ({ model }) => <TotalCost totals={model} />,
    sort: ({ model }) => Number(model.costUsd),
  },
  { id: 'sources', title: 'Priced by', cell: ({ model }) => <Sources model={model} />, from: 'desktop' },
  { id: 'price', title: 'Price of the newest call', cell: (row) => <Price of={row} /> },
];

function Sources({ model }: { model: CostNode }) {
  return model.children
    .map(({ value, calls }) => {
      const known =
        value !== null && Object.hasOwn(SOURCES, value)
          ? SOURCES[value as keyof typeof SOURCES]
          : printable(value ?? 'nobody');
      return `${known}: ${exactCount(calls)}`;
    })
    .join('; ');
}

/** Asked only when somebody wants to know. */
function Price({ of: { provider, model } }: { of: PricedModel }) {
  const [wanted, setWanted] = useState(false);
  const [setting, setSetting] = useState(false);
  const cell = cellFilter([
    { dimension: 'provider', value: provider.value },
    { dimension: 'model', value: model.value },
  ]);
  const query = useQuery({ ...explanationQuery(cell, { time: {}, q: undefined }), enabled: wanted });
  const cost = query.data?.newest?.cost;
  if (!wanted || query.isFetching)
    return (
      <button type="button" className="button small" disabled={query.isFetching} onClick={() => setWanted(true)}>
        <Icon name="search" size={12} />
        Look up
      </button>
    );
  if (!cost || cost.lines.length === 0)
    return (
      <span>
        Not priced by the table.{' '}
        <Link to="/costs" search={{ view: 'spans', cell: cell.terms }} className="link-button">
          Its calls
        </Link>{' '}
        <button type="button" className="link-button" onClick={() => setSetting(true)}>
          Set a price
        </button>
        {setting && (
          <PriceForm
            price={undefined}
            about={{ model: model.value ?? '', ...(provider.value !== null && { provider: provider.value }) }}
            close={() => setSetting(false)}
          />
        )}
      </span>
    );
  return (
    <span className="price-lines" data-testid="price-lines">
      {cost.lines.map((line, i) => (
        <span key={i} className="number">
          {printable(line.type.replaceAll('_', ' '))} ${line.usdPerMillion} per million
        </span>
      ))}
      <span className="muted">{printable([cost.priceId, cost.version].filter(Boolean).join(', '))}</span>
    </span>
  );
}
