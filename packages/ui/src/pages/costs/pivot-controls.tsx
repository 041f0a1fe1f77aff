import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { facetQuery } from '../../api/queries.ts';
import { DIMENSIONS, DIMENSIONS_MAX, dimensionText, isDimension } from '../../costs/dimensions.ts';
import { PIVOTS } from '../../costs/pivots.ts';
import { printable } from '../../format/printable.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Segments } from '../../widgets/segments.tsx';

/** What stands in the rows, one below the other, and what in the columns. */
export function PivotControls(properties: {
  rows: readonly string[];
  columns: string | undefined;
  choose(next: { rows?: readonly string[]; columns?: string | undefined }): void;
}) {
  const { rows, columns, choose } = properties;
  const [wanted, setWanted] = useState(false);
  const attributes = useQuery({ ...facetQuery('attr.', {}, '', 40), enabled: wanted });
  const keys = (attributes.data?.values ?? []).map(({ value }) =>
    value.startsWith('attr.') ? value : `attr.${value}`,
  );
  const taken = new Set([...rows, columns]);
  const free = [...DIMENSIONS.map(({ name }) => name), ...keys].filter((name) => !taken.has(name) && isDimension(name));
  const options = free.map((name) => (
    <option key={name} value={name}>
      {printable(dimensionText(name))}
    </option>
  ));
  return (
    <div className="pivot-controls">
      <Segments
        label="Group by"
        choices={PIVOTS.map(({ by, text, title }) => ({ value: by, text, title }))}
        value={rows.join()}
        onChoose={(by) => choose({ rows: by.split(',') })}
      />
      <ol className="pivot-rows" aria-label="Rows">
        {rows.map((name, i) => (
          <li key={name} className="chip">
            {i > 0 && (
              <button
                type="button"
                aria-label={`Move ${dimensionText(name)} before ${dimensionText(rows[i - 1]!)}`}
                title="Earlier"
                onClick={() => choose({ rows: swapped(rows, i) })}
              >
                <Icon name="back" size={11} />
              </button>
            )}
            <span>{printable(dimensionText(name))}</span>
            {rows.length > 1 && (
              <button
                type="button"
                aria-label={`Without ${dimensionText(name)}`}
                title="Remove"
                onClick={() => choose({ rows: rows.filter((each) => each !== name) })}
              >
                <Icon name="close" size={11} />
              </button>
            )}
          </li>
        ))}
        {rows.length < DIMENSIONS_MAX - 1 && (
          <li className="field select small-select">
            <select
              aria-label="Add rows by"
              value=""
              onFocus={() => setWanted(true)}
              onChange={({ target }) => choose({ rows: [...rows, target.value] })}
            >
              <option value="">Then by…</option>
              {options}
            </select>
            <Icon name="down" size={12} />
          </li>
        )}
      </ol>
      <label className="pivot-columns">
        Columns
        <span className={`field select small-select${columns === undefined ? '' : ' chosen'}`}>
          <select
            aria-label="Columns by"
            value={columns ?? ''}
            onFocus={() => setWanted(true)}
            onChange={({ target }) => choose({ columns: target.value || undefined })}
          >
            <option value="">Figures</option>
            {columns !== undefined && <option value={columns}>{printable(dimensionText(columns))}</option>}
            {options}
          </select>
          <Icon name="down" size={12} />
        </span>
      </label>
    </div>
  );
}

function swapped(rows: readonly string[], place: number): string[] {
  return rows.map((name, i) => (i === place - 1 ? rows[place]! : i === place ? rows[place - 1]! : name));
}
