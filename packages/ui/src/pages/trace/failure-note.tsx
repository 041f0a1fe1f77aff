import { useState } from 'react';
import { countOf, exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import type { SpanNode } from '../../trace/build-tree.ts';
import { classify, shortName } from '../../trace/classify.ts';
import { failureText, type Failures } from '../../trace/failures.ts';
import { Icon } from '../../widgets/icon.tsx';

/** So many are a list; more are found with `e`, and said. */
const LISTED_MAX = 200;

/** What went wrong, by its deepest cause, with every span that failed behind one click. */
export function FailureNote(properties: { failures: Failures; cause: SpanNode; select(spanId: string): void }) {
  const { failures, cause, select } = properties;
  const [open, setOpen] = useState(false);
  const { all, fatal } = failures;
  return (
    <div className="note is-error failure-note" data-testid="trace-error">
      <div className="failure-head">
        <Icon name="error" size={14} />
        <p className="clip">
          <strong>{printable(cause.span.name) || '(no name)'}</strong>
          <span className="muted-danger"> {printable(failureText(cause.span)) || 'failed'}</span>
        </p>
        <span className="failure-tools">
          {!fatal && <span className="muted">The trace went on</span>}
          {all.length > 1 && (
            <button type="button" className="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
              {countOf(all.length, 'failed span')}
            </button>
          )}
          <button type="button" className="link-button" onClick={() => select(cause.span.spanId)}>
            Show
          </button>
        </span>
      </div>
      {open && (
        <ul className="failure-list">
          {all.slice(0, LISTED_MAX).map((node) => (
            <li key={node.index}>
              <button type="button" onClick={() => select(node.span.spanId)}>
                <span className={`op-icon op-${classify(node.span)}`}>
                  <Icon name={classify(node.span)} size={13} />
                </span>
                <span className="clip">
                  <span className="muted">{pathTo(node)}</span>
                  {printable(shortName(node.span))}
                </span>
                <span className="clip muted">{printable(failureText(node.span))}</span>
              </button>
            </li>
          ))}
          {all.length > LISTED_MAX && (
            <li className="muted">
              {exactCount(all.length - LISTED_MAX)} more: <kbd>e</kbd> goes from one to the next.
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

/** `content-crew › writer › `, the last three that lead to it. */
function pathTo(node: SpanNode): string {
  const names: string[] = [];
  for (let at = node.parent; at && names.length < 3; at = at.parent) names.unshift(`${shortName(at.span)} › `);
  return printable(names.join(''));
}
