import { printable } from '../../format/printable.ts';
import { prettyJson, readMessages, readParts, type Part } from '../../trace/messages.ts';
import { CopyButton } from '../../widgets/copy.tsx';
import { Code } from './code.tsx';
import { ContentOff } from './content-off.tsx';
import { LongText } from './long-text.tsx';
import { Media } from './media.tsx';

const SECTIONS = [
  ['systemInstructions', 'Instructions'],
  ['inputMessages', 'Input'],
  ['outputMessages', 'Output'],
  ['toolArguments', 'Tool arguments'],
  ['toolResult', 'Tool result'],
  ['toolDefinitions', 'Tool definitions'],
] as const;

export const CONTENT_FACTS: readonly string[] = SECTIONS.map(([fact]) => fact);

/** What was said, as text. It is written by models and users, so nothing in it is ever read as HTML or as a link. */
export function Content({ facts, billable }: { facts: Readonly<Record<string, unknown>>; billable: boolean }) {
  const present = SECTIONS.filter(([fact]) => facts[fact] !== undefined && facts[fact] !== null);
  if (present.length === 0) {
    if (!billable) return null;
    return (
      <section>
        <h3>Content</h3>
        <ContentOff />
      </section>
    );
  }
  return present.map(([fact, title]) => (
    <section key={fact} className="content" data-testid={`content-${fact}`}>
      <div className="section-head">
        <h3>{title}</h3>
        <CopyButton text={prettyJson(facts[fact])} label={`Copy ${title.toLowerCase()}`} />
      </div>
      <ContentBody fact={fact} value={facts[fact]} />
    </section>
  ));
}

function ContentBody({ fact, value }: { fact: string; value: unknown }) {
  const messages = fact === 'inputMessages' || fact === 'outputMessages' ? readMessages(value) : null;
  if (messages) {
    return messages.map((message, i) => (
      <div key={i} className="message">
        <p className="message-role">{printable(message.role)}</p>
        <Parts parts={message.parts} />
      </div>
    ));
  }
  if (fact === 'systemInstructions') {
    return (
      <div className="message">
        <Parts parts={readParts(value)} />
      </div>
    );
  }
  return <Code text={prettyJson(value)} />;
}

function Parts({ parts }: { parts: readonly Part[] }) {
  return parts.map((part, i) => {
    if (part.kind === 'text') {
      return (
        <p key={i} className="message-text">
          <LongText text={part.text} />
        </p>
      );
    }
    if (part.kind === 'media') return <Media key={i} part={part} />;
    return (
      <div key={i} className="message-data">
        <p className="muted">{printable(labelOf(part))}</p>
        <Code text={part.text} />
      </div>
    );
  });
}

function labelOf(part: Exclude<Part, { kind: 'text' | 'media' }>): string {
  if (part.kind === 'call') return `tool call ${part.name}`;
  if (part.kind === 'result') return part.name === null ? 'tool result' : `tool result ${part.name}`;
  return part.kind === 'reasoning' ? 'thinking' : part.label;
}
