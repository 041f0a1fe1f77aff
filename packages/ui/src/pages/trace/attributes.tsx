import { printable } from '../../format/printable.ts';
import { prettyJson } from '../../trace/messages.ts';
import { CopyButton } from '../../widgets/copy.tsx';
import { LongText } from './long-text.tsx';

/** Names and values as they were sent, by name. Plain text, whatever they look like. */
export function Attributes({ attributes }: { attributes: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return (
    <dl className="attributes">
      {entries.map(([name, value]) => {
        const text = typeof value === 'object' && value !== null ? prettyJson(value) : String(value);
        return (
          <div key={name}>
            <dt>{printable(name)}</dt>
            <dd className={`is-${typeof value}`}>
              <LongText text={text} />
              <CopyButton text={text} label={`Copy ${printable(name)}`} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
