import { lazy, Suspense, useState } from 'react';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import type { ToolResult } from '../../trace/conversation.ts';
import type { Message, Part } from '../../trace/messages.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Code } from './code.tsx';
import { LongText } from './long-text.tsx';
import { Media } from './media.tsx';

const Markdown = lazy(() => import('./markdown.tsx'));

/** Beyond this a text is shown as it is: taking it apart would hold up the page. */
const MARKDOWN_CHARS_MAX = 40_000;

interface Paired {
  results: ReadonlyMap<string, ToolResult>;
  select(spanId: string): void;
}

/** One message: who, and what, part by part. */
export function SaidMessage(properties: { message: Message; answer?: boolean } & Paired) {
  const { message, answer = false, results, select } = properties;
  const role = message.role.toLowerCase();
  const look = answer || role === 'assistant' || role === 'model' ? 'assistant' : role;
  return (
    <div className={`said is-${LOOKS.has(look) ? look : 'other'}`}>
      <p className="said-role">{printable(message.role)}</p>
      <div className="said-parts">
        <MessageParts parts={message.parts} results={results} select={select} />
        {message.parts.length === 0 && <p className="muted">empty</p>}
      </div>
    </div>
  );
}

const LOOKS: ReadonlySet<string> = new Set(['user', 'assistant', 'system', 'tool']);

export function MessageParts({ parts, results, select }: { parts: readonly Part[] } & Paired) {
  return parts.map((part, i) => <MessagePart key={i} part={part} results={results} select={select} />);
}

function MessagePart({ part, results, select }: { part: Part } & Paired) {
  switch (part.kind) {
    case 'text':
      return <SaidText text={part.text} />;
    case 'reasoning':
      return (
        <details className="fold thinking">
          <summary>
            <Icon name="chevron" size={11} />
            Thinking <span className="muted">{exactCount(part.text.length)} characters</span>
          </summary>
          <SaidText text={part.text} />
        </details>
      );
    case 'call':
      return <ToolCall part={part} result={part.id === null ? undefined : results.get(part.id)} select={select} />;
    case 'result':
      return (
        <details className={`tool-call${part.failed ? ' is-failed' : ''}`}>
          <summary>
            <Icon name="chevron" size={11} />
            <span>Result{part.name === null ? '' : printable(` of ${part.name}`)}</span>
            <Preview text={part.text} />
          </summary>
          <Code text={part.text} />
        </details>
      );
    case 'media':
      return <Media part={part} />;
    case 'data':
      return (
        <details className="tool-call">
          <summary>
            <Icon name="chevron" size={11} />
            <span>{printable(part.label)}</span>
            <Preview text={part.text} />
          </summary>
          <Code text={part.text} />
        </details>
      );
  }
}

function SaidText({ text }: { text: string }) {
  const plain = (
    <div className="message-text">
      <LongText text={text} />
    </div>
  );
  if (text.length > MARKDOWN_CHARS_MAX) return plain;
  return (
    <Suspense fallback={plain}>
      <Markdown text={text} />
    </Suspense>
  );
}

/** A tool that was asked for, with what it answered: one thing, though two messages carry it. */
function ToolCall(properties: {
  part: Extract<Part, { kind: 'call' }>;
  result: ToolResult | undefined;
  select(spanId: string): void;
}) {
  const { part, result, select } = properties;
  const [open, setOpen] = useState(false);
  const failed = result?.failed === true;
  return (
    <details
      className={`tool-call op-tool${failed ? ' is-failed' : ''}`}
      data-testid="tool-call"
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <Icon name="chevron" size={11} />
        <span className="op-icon">
          <Icon name="tool" size={13} />
        </span>
        <strong>{printable(part.name)}</strong>
        {failed && <span className="tool-failed">failed</span>}
        <Preview text={result && result.text !== '' ? result.text : part.text} />
      </summary>
      {open && (
        <>
          <p className="muted">Asked with</p>
          <Code text={part.text} />
          {result ? (
            <>
              <p className="muted">
                Answered
                {result.node && (
                  <>
                    {' '}
                    <button type="button" className="link-button" onClick={() => select(result.node!.span.spanId)}>
                      show its span
                    </button>
                  </>
                )}
              </p>
              <Code text={result.text} />
            </>
          ) : (
            <p className="muted">Its answer was not recorded.</p>
          )}
        </>
      )}
    </details>
  );
}

/** One line of a long text, so that most need not be opened. */
function Preview({ text }: { text: string }) {
  return <span className="clip muted preview">{printable(text.slice(0, 200).replace(/\s+/g, ' '))}</span>;
}
