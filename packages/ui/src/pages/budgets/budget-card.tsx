import type { Budget } from '@tallyspan/server';
import {
  amountText,
  leftText,
  partOf,
  percentText,
  scopeText,
  UNITS,
  WINDOW_TEXTS,
  type Unit,
} from '../../budgets/budget-text.ts';
import { printable } from '../../format/printable.ts';
import { formatExact, millisFromIso } from '../../format/time.ts';
import { formatDuration } from '../../format/duration.ts';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import { Clip } from '../../widgets/text.tsx';
import { useNow } from '../../widgets/use-now.ts';

const STATES: Readonly<Record<string, { icon: IconName; text: string; className: string }>> = {
  ok: { icon: 'ok', text: 'Within', className: 'is-ok' },
  warning: { icon: 'warning', text: 'Threshold reached', className: 'is-partial' },
  used_up: { icon: 'error', text: 'Used up', className: 'is-error' },
  off: { icon: 'pause', text: 'Off', className: '' },
  idle: { icon: 'ok', text: 'No run yet', className: 'is-ok' },
};

/** One budget: what is spent of each limit, where it goes, and what happens then. */
export function BudgetCard({ budget, edit, remove }: { budget: Budget; edit(): void; remove(): void }) {
  const { now } = budget;
  const state = STATES[!budget.enabled ? 'off' : (now?.state ?? 'idle')]!;
  return (
    <li className="budget-card" data-budget={budget.id} data-state={now?.state}>
      <div className="budget-head">
        <div>
          <h2>
            <Clip text={budget.name} />
          </h2>
          <p className="muted">
            {printable(scopeText(budget.scope))}, {WINDOW_TEXTS[budget.window]},{' '}
            {budget.action === 'block' ? 'further calls are refused' : 'alerts only'}
          </p>
        </div>
        <span className={`status ${state.className}`}>
          <Icon name={state.icon} size={14} />
          {state.text}
          {now && <span className="number"> {percentText(now.percent)}</span>}
        </span>
        <span className="row-actions">
          <button type="button" className="button small" onClick={edit}>
            Edit
          </button>
          <button
            type="button"
            className="button small"
            aria-label={`Delete ${printable(budget.name)}`}
            onClick={remove}
          >
            Delete
          </button>
        </span>
      </div>
      {UNITS.filter((unit) => budget.limits[unit] !== null).map((unit) => (
        <Burn key={unit} budget={budget} unit={unit} />
      ))}
      {now && <Forecast budget={budget} />}
    </li>
  );
}

/** The scale ends at the limit, or where the forecast ends when that is farther. */
function Burn({ budget, unit }: { budget: Budget; unit: Unit }) {
  const { limits, now, thresholds } = budget;
  const spent = partOf(now?.spent ?? null, limits, unit);
  const pending = partOf(now?.pending ?? null, limits, unit);
  const forecast = now?.forecast ? partOf(now.forecast, limits, unit) : undefined;
  const scale = Math.min(4, Math.max(1, spent + pending, forecast ?? 0));
  const at = (part: number) => `${(Math.min(part, scale) / scale) * 100}%`;
  const text = now
    ? `${amountText(now.spent, unit)} of ${amountText(limits, unit)}`
    : `up to ${amountText(limits, unit)}`;
  return (
    <div className="burn">
      <p>
        <span
          className="number"
          data-testid={`spent-${unit}`}
          title={now ? `${amountText(now.spent, unit, true)} spent` : undefined}
        >
          {text}
        </span>
        {now && <span className="muted number">{leftText(now.left, unit)}</span>}
      </p>
      <div
        className="burn-bar"
        role="meter"
        aria-label={`Spent in ${unit === 'usd' ? 'dollars' : unit}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.round(spent * 100))}
        aria-valuetext={text}
      >
        <span className={`burn-spent${spent >= 1 ? ' is-over' : ''}`} style={{ width: at(spent) }} />
        {pending > 0 && (
          <span
            className="burn-pending"
            style={{ width: at(pending) }}
            title={`${amountText(now!.pending, unit)} held for calls that run`}
          />
        )}
        {forecast !== undefined && <span className="burn-forecast" style={{ left: at(forecast) }} title="Forecast" />}
        {thresholds
          .filter((threshold) => threshold > 0 && threshold / 100 <= scale)
          .map((threshold) => (
            <span key={threshold} className="burn-threshold" style={{ left: at(threshold / 100) }} />
          ))}
      </div>
    </div>
  );
}

function Forecast({ budget: { now, limits } }: { budget: Budget }) {
  const nowMs = useNow();
  if (!now) return null;
  const unit = UNITS.find((each) => limits[each] !== null) ?? 'usd';
  return (
    <p className="budget-forecast">
      {now.run !== null && <span>Nearest: run {printable(now.run)}</span>}
      {now.to !== null && <span title={formatExact(now.to)}>Ends {inText(now.to, nowMs)}</span>}
      {now.forecast && (
        <span data-testid="forecast" title={now.explained ? printable(now.explained) : undefined}>
          <strong className="number">{amountText(now.forecast, unit)}</strong> at the end if it goes on like this
        </span>
      )}
      {now.forecast === null && now.to !== null && <span className="muted">Too early for a forecast</span>}
      {now.usedUpAt !== null && millisFromIso(now.usedUpAt) > nowMs && (
        <span className="is-warning" title={formatExact(now.usedUpAt)}>
          Used up {inText(now.usedUpAt, nowMs)}
        </span>
      )}
    </p>
  );
}

/** `in 3 h 05 m`, or that it was. */
function inText(iso: string, nowMs: number): string {
  const ms = millisFromIso(iso) - nowMs;
  return ms > 0 ? `in ${formatDuration(Math.max(1_000, ms))}` : 'already';
}
