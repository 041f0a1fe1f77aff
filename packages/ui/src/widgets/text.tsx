import { printable } from '../format/printable.ts';

/** One line of somebody else's text: cut with dots where it does not fit, whole in the title, never more than text. */
export function Clip({ text, className = '', title = text }: { text: string; className?: string; title?: string }) {
  return (
    <span className={className ? `clip ${className}` : 'clip'} title={printable(title)}>
      {printable(text)}
    </span>
  );
}

/** `invoke_agent analyst` with the operation standing back: what differs from row to row is the subject. */
export function SpanName({ name }: { name: string }) {
  if (name === '') return '(no name)';
  const [, operation, subject] = /^([a-z]+_[a-z_]+|chat|role|embeddings|rerank|retrieval) (.+)$/s.exec(name) ?? [];
  if (operation === undefined || subject === undefined) return printable(name);
  return (
    <>
      <span className="span-operation">{operation}</span> {printable(subject)}
    </>
  );
}
