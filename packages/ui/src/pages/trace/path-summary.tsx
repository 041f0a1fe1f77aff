import { useMemo } from 'react';
import { countOf, formatShare } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { printable } from '../../format/printable.ts';
import { CLASS_LABELS, classify, shortName } from '../../trace/classify.ts';
import type { CriticalPath } from '../../trace/critical-path.ts';
import { Icon } from '../../widgets/icon.tsx';

const LONGEST_MAX = 3;
/** More kinds than these are one line, with their sum. */
const KINDS_MAX = 6;

/** What the end of the trace waited for: the critical path by kind of span, and the spans that held it up the longest. */
export function PathSummary({ path, select }: { path: CriticalPath | undefined; select(spanId: string): void }) {
  const longest = useMemo(
    () => (path ? [...path.selfMs].sort((a, b) => b[1] - a[1]).slice(0, LONGEST_MAX) : []),
    [path],
  );
  if (!path || path.totalMs <= 0) return null;
  const share = (ms: number) => ms / path.totalMs;
  const listed = path.byClass.length > KINDS_MAX + 1 ? path.byClass.slice(0, KINDS_MAX) : path.byClass;
  const others = path.byClass.slice(listed.length);
  const othersMs = others.reduce((sum, { ms }) => sum + ms, 0);
  return (
    <section data-testid="path-summary">
      <h2>Where the time went</h2>
      <ul className="path-kinds">
        {listed.map(({ kind, ms, spans }) => (
          <li key={kind} className={`op-${kind}`}>
            <span className="op-icon">
              <Icon name={kind} size={13} />
            </span>
            <span className="clip">
              {CLASS_LABELS[kind]} <span className="muted">{countOf(spans, 'span')}</span>
            </span>
            <span className="number muted">{formatShare(share(ms))}</span>
            <span className="number">{formatDuration(ms)}</span>
            <span className="share" aria-hidden="true">
              <span style={{ width: `${share(ms) * 100}%` }} />
            </span>
          </li>
        ))}
        {others.length > 0 && (
          <li title={others.map(({ kind, ms }) => `${CLASS_LABELS[kind]} ${formatDuration(ms)}`).join('\n')}>
            <span className="op-icon" />
            <span className="clip">{countOf(others.length, 'other kind')}</span>
            <span className="number muted">{formatShare(share(othersMs))}</span>
            <span className="number">{formatDuration(othersMs)}</span>
          </li>
        )}
        {path.idleMs > path.totalMs * 0.001 && (
          <li>
            <span className="op-icon" />
            <span className="clip">Nothing ran</span>
            <span className="number muted">{formatShare(share(path.idleMs))}</span>
            <span className="number">{formatDuration(path.idleMs)}</span>
          </li>
        )}
      </ul>
      <p className="hint">
        Along the critical path, the chain of {countOf(path.nodes.size, 'span')} that the end waited for. Longest:{' '}
        {longest.map(([node, ms], i) => (
          <span key={node.index}>
            {i > 0 && ', '}
            <button type="button" className="link-button" onClick={() => select(node.span.spanId)}>
              {printable(shortName(node.span))}
            </button>{' '}
            {formatDuration(ms)}
            <span className="unseen"> in {CLASS_LABELS[classify(node.span)]}</span>
          </span>
        ))}
        .
      </p>
    </section>
  );
}
