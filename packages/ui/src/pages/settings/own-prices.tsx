import type { Price } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { DeleteDialog } from '../../forms/delete-dialog.tsx';
import { printable } from '../../format/printable.ts';
import { ownPricesQuery } from '../../settings/data-queries.ts';
import { DataTable, type Column } from '../../widgets/data-table.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Answered } from '../../widgets/page.tsx';
import { Clip } from '../../widgets/text.tsx';
import { PriceForm } from './price-form.tsx';

/** Prices that were set here: they hold before those of the table. */
export function OwnPrices() {
  const query = useQuery(ownPricesQuery);
  const [edited, setEdited] = useState<Price | 'new'>();
  const [doomed, setDoomed] = useState<Price>();
  return (
    <section className="section">
      <div className="section-head">
        <h2>Prices of your own</h2>
        <button type="button" className="button primary" onClick={() => setEdited('new')}>
          <Icon name="plus" size={13} />
          New price
        </button>
      </div>
      <Answered query={query}>
        {({ prices, tables }) =>
          prices.length === 0 ? (
            <p className="muted">All prices are those of {printable(tables)}.</p>
          ) : (
            <DataTable
              label="Prices of your own"
              columns={columns(setEdited, setDoomed)}
              rows={prices}
              keyOf={({ id }) => id}
              testId="own-prices"
            />
          )
        }
      </Answered>
      {edited && <PriceForm price={edited === 'new' ? undefined : edited} close={() => setEdited(undefined)} />}
      {doomed && (
        <DeleteDialog
          title={`Delete the price of ${printable(doomed.model)}?`}
          text="Calls that come from then on are priced by the table again. Stored calls keep their price until they are priced anew."
          action="Delete the price"
          path={`/api/v1/prices/${encodeURIComponent(doomed.id)}`}
          stale="own prices"
          close={() => setDoomed(undefined)}
        />
      )}
    </section>
  );
}

function columns(edit: (price: Price) => void, remove: (price: Price) => void): readonly Column<Price>[] {
  return [
    { id: 'model', title: 'Model', cell: ({ model }) => <Clip text={model} />, sort: ({ model }) => model },
    {
      ...{ id: 'for', title: 'For', from: 'tablet' },
      cell: ({ tenant, provider, from }) => (
        <Clip
          text={[
            tenant === undefined ? 'every tenant' : `tenant ${tenant}`,
            ...(provider === undefined ? [] : [`of ${provider}`]),
            ...(from === undefined ? [] : [`from ${from}`]),
          ].join(', ')}
        />
      ),
      sort: ({ tenant = '' }) => tenant,
    },
    {
      id: 'rates',
      title: 'Dollars a million',
      cell: ({ rates }) => (
        <span className="price-lines">
          {Object.entries(rates).map(([type, rate]) => (
            <span key={type} className="number">
              {printable(type.replaceAll('_', ' '))} ${rate}
            </span>
          ))}
        </span>
      ),
    },
    { id: 'note', title: 'Note', cell: ({ note = '' }) => <Clip text={note} />, from: 'desktop' },
    {
      id: 'actions',
      title: 'Change',
      cell: (price) => (
        <span className="row-actions">
          <button
            type="button"
            className="button small"
            aria-label={`Edit the price of ${printable(price.model)}`}
            onClick={() => edit(price)}
          >
            Edit
          </button>
          <button
            type="button"
            className="button small"
            aria-label={`Delete the price of ${printable(price.model)}`}
            onClick={() => remove(price)}
          >
            Delete
          </button>
        </span>
      ),
    },
  ];
}
