import { Icon } from '../../widgets/icon.tsx';
import { PopOver } from '../../widgets/pop-over.tsx';
import { COLUMNS_AT_FIRST, TRACE_COLUMNS, type TraceColumn } from './columns.ts';

/** Which columns the list has. Where the window is too narrow for all, the least important ones wait. */
export function ColumnsMenu(properties: {
  columns: readonly TraceColumn[];
  setColumns(columns: readonly TraceColumn[]): void;
}) {
  const { columns, setColumns } = properties;
  const all = Object.keys(TRACE_COLUMNS) as TraceColumn[];
  return (
    <PopOver
      title="Columns"
      align="end"
      label={
        <>
          <Icon name="columns" size={13} />
          Columns
        </>
      }
    >
      {() => (
        <div className="columns-menu">
          {all.map((column) => (
            <label key={column} className="choice">
              <span>{TRACE_COLUMNS[column].title}</span>
              <input
                type="checkbox"
                checked={columns.includes(column)}
                disabled={column === 'name'}
                onChange={() =>
                  setColumns(all.filter((each) => (each === column ? !columns.includes(each) : columns.includes(each))))
                }
              />
            </label>
          ))}
          <button type="button" className="link-button" onClick={() => setColumns(COLUMNS_AT_FIRST)}>
            As at first
          </button>
        </div>
      )}
    </PopOver>
  );
}
