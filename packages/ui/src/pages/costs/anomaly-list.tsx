import type { Anomalies } from '@tallyspan/server';
import { Link } from '@tanstack/react-router';
import { cellFilter } from '../../costs/cell-filter.ts';
import { countOf } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { millisFromIso } from '../../format/time.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Money } from '../../widgets/money.tsx';
import { Clip } from '../../widgets/text.tsx';

/** Who spends unusually much, in the words of the server. That nobody does is said as well. */
export function AnomalyList({ data, error }: { data: Anomalies | undefined; error: unknown }) {
  if (!data) return error ? <p className="muted">Whether anybody spends unusually much could not be asked.</p> : null;
  if (data.anomalies.length === 0) {
    return (
      <p className="anomaly-calm" data-testid="no-anomalies">
        <Icon name="ok" size={14} />
        {data.note === null
          ? `Nobody spends unusually much in the last hour: ${countOf(data.checked, 'agent')} compared with the ${countOf(data.windows, 'hour')} before.`
          : `Whether anybody spends unusually much is not known yet. ${printable(data.note)}`}
      </p>
    );
  }
  return (
    <ul className="anomalies" aria-label="Unusual spending" data-testid="anomalies">
      {data.anomalies.map((anomaly) => (
        <li key={anomaly.value} className="anomaly">
          <Icon name="warning" size={16} />
          <div>
            <p>
              <Clip text={anomaly.value ?? `no ${data.by}`} className="anomaly-who" />
              <Money usd={anomaly.costUsd} />
              <span className="muted">
                usually <Money usd={anomaly.usualUsd} />
              </span>
            </p>
            <p className="muted">{printable(anomaly.explanation)}</p>
          </div>
          <Link
            to="."
            search={(before) => ({
              ...before,
              ...{ view: 'spans', cell: cellFilter([{ dimension: data.by, value: anomaly.value }]).terms },
              ...{ range: undefined, from: undefined, to: undefined },
              at: `${instant(data.from)}/${instant(data.to)}`,
            })}
            className="button small"
          >
            {countOf(anomaly.calls, 'call')}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function instant(iso: string): string {
  return new Date(millisFromIso(iso)).toISOString();
}
