import { usdFromNanos } from '@tallyspan/facts/units';
import type { TraceSummary } from '@tallyspan/server';
import { exactCount, formatShare } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { exactUsd, nanosFromUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import { pricing } from '../../format/pricing.ts';

interface Figure {
  name: string;
  left: string;
  right: string;
  /** The left less the right, and the share of the right that it is. */
  change: string | null;
}

/** The sums of two traces, side by side. */
export function CompareFigures({ left, right }: { left: TraceSummary; right: TraceSummary }) {
  const count = (name: string, of: (trace: TraceSummary) => number): Figure => ({
    name,
    left: exactCount(of(left)),
    right: exactCount(of(right)),
    change: changeOf(of(left) - of(right), of(right), exactCount),
  });
  const figures: Figure[] = [
    {
      name: 'Duration',
      left: formatDuration(left.durationMs),
      right: formatDuration(right.durationMs),
      change: changeOf(left.durationMs - right.durationMs, right.durationMs, formatDuration),
    },
    { name: 'Cost', left: costText(left), right: costText(right), change: costChange(left, right) },
    count('Input tokens', (trace) => trace.inputTokens),
    count('Output tokens', (trace) => trace.outputTokens),
    count('Calls', (trace) => trace.calls),
    count('Spans', (trace) => trace.spans),
    count('Failed spans', (trace) => trace.errorSpans),
  ];
  return (
    <div className="compare-figures" role="group" aria-label="Figures of both traces" tabIndex={0}>
      <table data-testid="compare-figures">
        <thead>
          <tr>
            <td />
            <th scope="col" className="number">
              This trace
            </th>
            <th scope="col" className="number">
              The other
            </th>
            <th scope="col" className="number">
              Difference
            </th>
          </tr>
        </thead>
        <tbody>
          {figures.map((figure) => (
            <tr key={figure.name}>
              <th scope="row">{figure.name}</th>
              <td className="number">{figure.left}</td>
              <td className="number">{figure.right}</td>
              <td className="number muted">{figure.change ?? 'same'}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">Models</th>
            <td className="number">{printable(left.models.join(', ')) || '–'}</td>
            <td className="number">{printable(right.models.join(', ')) || '–'}</td>
            <td className="number muted">{left.models.join() === right.models.join() ? 'same' : 'others'}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function changeOf(difference: number, base: number, format: (value: number) => string): string | null {
  if (difference === 0) return null;
  const share = base > 0 ? ` (${formatShare(Math.abs(difference) / base)})` : '';
  return `${difference > 0 ? '+' : '−'}${format(Math.abs(difference))}${share}`;
}

function costText(trace: TraceSummary): string {
  if (trace.calls === 0) return '–';
  const kind = pricing(trace);
  return kind === 'unpriced' ? 'unpriced' : `${exactUsd(trace.costUsd)}${kind === 'partly' ? '+' : ''}`;
}

/** Exact: whole nano-dollars. */
function costChange(left: TraceSummary, right: TraceSummary): string | null {
  const [one, other] = [nanosFromUsd(left.costUsd), nanosFromUsd(right.costUsd)];
  const gap = one - other;
  if (gap === 0n) return null;
  const share = other > 0n ? ` (${formatShare(Math.abs(Number(gap)) / Number(other))})` : '';
  return `${gap > 0n ? '+' : '−'}${exactUsd(usdFromNanos(gap < 0n ? -gap : gap))}${share}`;
}
