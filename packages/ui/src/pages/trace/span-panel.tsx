import { exactCount } from '../../format/count.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatClock, formatExact } from '../../format/time.ts';
import { printable } from '../../format/printable.ts';
import type { SpanNode } from '../../trace/build-tree.ts';
import { CLASS_LABELS, classify } from '../../trace/classify.ts';
import type { LoadedTrace } from '../../trace/read-skeleton.ts';
import { CopyButton } from '../../widgets/copy.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Attributes } from './attributes.tsx';
import { Content, CONTENT_FACTS } from './content.tsx';
import { CostOfSpan } from './cost-of-span.tsx';
import { Facts } from './facts.tsx';
import { Foldable } from './foldable.tsx';
import { SpanTools } from './span-tools.tsx';
import { useDetails } from './use-details.ts';
import { VerdictSection } from './verdict-badge.tsx';

/** Facts that have a place of their own in the panel. */
const SHOWN_ABOVE: ReadonlySet<string> = new Set([
  ...CONTENT_FACTS,
  ...[
    'operation',
    'provider',
    'requestModel',
    'responseModel',
    'errorType',
    'finishReasons',
    'tenant',
    'agent',
    'role',
    'runId',
  ],
  ...['userId', 'sessionId', 'inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'reasoningTokens'],
  ...['costNanoUsd', 'costSource', 'costVersion', 'timeToFirstChunk', 'toolName', 'uncounted', 'inherited'],
  ...['guardPromptBlocked', 'guardOutputBlocked', 'guardScanners', 'guardOutputScanners', 'guardOutcome'],
  ...['guardScanType', 'guardIsValid'],
]);

/** All about one span. */
export function SpanPanel(properties: {
  node: SpanNode;
  trace: LoadedTrace;
  close(): void;
  select(spanId: string): void;
}) {
  const { trace, close, select } = properties;
  const { node, waiting, problem } = useDetails(trace, properties.node);
  const { span } = node;
  const kind = classify(span);
  const rest = Object.fromEntries(Object.entries(span.facts).filter(([name]) => !SHOWN_ABOVE.has(name)));
  const fact = (name: string) => (typeof span.facts[name] === 'string' ? (span.facts[name] as string) : null);
  return (
    <aside className={`side-panel span-panel op-${kind}`} aria-label="Details of the span" data-testid="span-panel">
      <div className="panel-head">
        <div>
          <p className="muted">
            <span className="op-icon">
              <Icon name={kind} size={14} />
            </span>
            {CLASS_LABELS[kind]}
          </p>
          <h2>{printable(span.name) || '(no name)'}</h2>
        </div>
        <button
          type="button"
          className="icon-button"
          onClick={close}
          aria-label="Close the details"
          title="Close (Esc)"
        >
          <Icon name="close" />
        </button>
      </div>
      <SpanTools span={span} traceId={trace.summary.traceId} />
      <div className="panel-scroll" tabIndex={0}>
        {span.status === 'error' && (
          <section className="failure" data-testid="span-error">
            <h3>
              <Icon name="error" size={14} />
              {printable(span.errorType ?? 'Failed')}
            </h3>
            {span.statusMessage && <p>{printable(span.statusMessage)}</p>}
          </section>
        )}
        <VerdictSection span={span} />
        {node.detached && (
          <p className="note">
            <Icon name="partial" size={14} />
            {node.detached === 'cycle' ? 'Its parents go round in a circle.' : 'Its parent was not received.'}
          </p>
        )}
        <section>
          <dl className="key-figures">
            <div>
              <dt>Duration</dt>
              <dd>{formatDuration(span.durationMs)}</dd>
            </div>
            {span.timeToFirstChunkMs !== null && (
              <div>
                <dt>First chunk</dt>
                <dd>{formatDuration(span.timeToFirstChunkMs)}</dd>
              </div>
            )}
            <div>
              <dt>Started</dt>
              <dd title={span.start && formatExact(span.start)}>
                +{formatDuration(span.offsetMs)}
                <span className="muted"> {span.start && formatClock(span.start)}</span>
              </dd>
            </div>
          </dl>
        </section>
        <CostOfSpan node={node} />
        <section>
          <h3>Facts</h3>
          <Facts
            facts={[
              ['Provider', span.provider],
              ['Model', span.model],
              ['Asked for', span.requestModel === span.model ? null : span.requestModel],
              ['Operation', span.operation],
              ['Tool', span.tool],
              ['Finish reasons', span.finishReasons?.join(', ')],
              ['Tenant', fact('tenant') ?? trace.summary.tenant],
              ['Agent', span.agent],
              ['Role', span.role],
              ['Run', fact('runId')],
              ['User', fact('userId')],
              ['Session', fact('sessionId')],
              ...Object.entries(rest).map(([name, value]) => [factLabel(name), factText(value)] as const),
              ['Span id', <SpanId spanId={span.spanId} />],
              ['Parent', <ParentLink node={node} select={select} />],
            ]}
          />
        </section>
        {problem && (
          <p className="note">
            <Icon name="warning" size={14} />
            The details could not be loaded: {printable(problem.message)}
          </p>
        )}
        {waiting && (
          <p className="hint waiting" role="status">
            Loading the details…
          </p>
        )}
        {!waiting && !problem && <Content facts={span.facts} billable={span.billable} />}
        <Foldable title="Attributes" count={Object.keys(span.attributes).length} open>
          <Attributes attributes={span.attributes} filter />
        </Foldable>
        <Foldable title="Events" count={span.events.length} open={span.status === 'error'}>
          {span.events.map((event, i) => (
            <div key={i} className="event">
              <p title={formatExact(event.time)}>
                <strong>{printable(event.name)}</strong>{' '}
                <span className="muted">+{formatDuration(event.offsetMs)}</span>
              </p>
              <Attributes attributes={event.attributes} />
            </div>
          ))}
        </Foldable>
        <Foldable title="Links" count={span.links.length}>
          {span.links.map((link, i) => (
            <div key={i} className="event">
              <p className="mono">
                {link.traceId} {link.spanId}
              </p>
              <Attributes attributes={link.attributes} />
            </div>
          ))}
        </Foldable>
        <Foldable title="Resource" count={Object.keys(span.resource).length}>
          <Attributes attributes={{ ...span.resource, ...scopeOf(span.scope) }} />
        </Foldable>
      </div>
    </aside>
  );
}

function SpanId({ spanId }: { spanId: string }) {
  return (
    <span className="with-copy">
      <code>{spanId}</code>
      <CopyButton text={spanId} label="Copy the span id" />
    </span>
  );
}

function ParentLink({ node, select }: { node: SpanNode; select(spanId: string): void }) {
  const { parent, span } = node;
  if (parent) {
    return (
      <button type="button" className="link-button clip" onClick={() => select(parent.span.spanId)}>
        {printable(parent.span.name) || parent.span.spanId}
      </button>
    );
  }
  return span.parentSpanId ? <code>{span.parentSpanId}</code> : 'none, this is the root';
}

function scopeOf(scope: { name: string; version: string }): Record<string, string> {
  return { ...(scope.name && { 'scope.name': scope.name }), ...(scope.version && { 'scope.version': scope.version }) };
}

/** `maxTokens` → `Max tokens`. */
function factLabel(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function factText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return exactCount(value);
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
