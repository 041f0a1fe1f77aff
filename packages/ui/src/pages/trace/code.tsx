import { LongText } from './long-text.tsx';

/** Text of a machine, as it is. */
export function Code({ text }: { text: string }) {
  return (
    <pre className="code" tabIndex={0}>
      <LongText text={text} />
    </pre>
  );
}
