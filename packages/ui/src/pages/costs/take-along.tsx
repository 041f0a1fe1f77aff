import type { Costs } from '@tallyspan/server';
import { withParameters } from '../../api/client.ts';
import { timeParameters } from '../../api/time-range.ts';
import type { Looked } from '../../costs/costs-queries.ts';
import { tableText } from '../../costs/table-text.ts';
import { CopyButton } from '../../widgets/copy.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { PopOver } from '../../widgets/pop-over.tsx';

const FORMATS = [
  ['csv', 'CSV'],
  ['jsonl', 'JSON lines'],
  ['parquet', 'Parquet'],
] as const;

/** The same figures elsewhere: the clipboard, paper, a file. */
export function TakeAlong({ costs, looked }: { costs: Costs; looked: Looked }) {
  const file = (what: 'costs' | 'spans', format: string) =>
    withParameters('/api/v1/export', {
      what,
      format,
      ...(what === 'costs' && { by: costs.by.join() }),
      q: looked.q,
      ...timeParameters(looked.time),
    });
  return (
    <div className="take-along">
      <CopyButton text={tableText(costs)} label="Copy as a table" small={false} />
      <button type="button" className="icon-button" aria-label="Print" title="Print" onClick={() => window.print()}>
        <Icon name="print" />
      </button>
      <PopOver
        title="Export"
        align="end"
        label={
          <>
            Export
            <Icon name="down" size={12} />
          </>
        }
      >
        {(close) => (
          <div className="export-menu" data-testid="export-menu">
            {(['costs', 'spans'] as const).map((what) => (
              <div key={what}>
                <h3>{what === 'costs' ? 'This table' : 'The spans behind it'}</h3>
                {FORMATS.map(([format, text]) => (
                  <a key={format} className="choice" href={file(what, format)} download onClick={close}>
                    {text}
                  </a>
                ))}
              </div>
            ))}
          </div>
        )}
      </PopOver>
    </div>
  );
}
