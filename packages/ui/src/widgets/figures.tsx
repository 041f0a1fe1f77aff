import { exactCount, formatCount } from '../format/count.ts';
import { formatDuration } from '../format/duration.ts';
import { formatAgo, formatExact } from '../format/time.ts';
import { Icon } from './icon.tsx';
import { useNow } from './use-now.ts';

export function Count({ value }: { value: number }) {
  return <span title={value >= 10_000 ? exactCount(value) : undefined}>{formatCount(value)}</span>;
}

/** Tokens in → out. */
export function TokenFlow({ input, output }: { input: number | null; output: number | null }) {
  if (input === null && output === null) return null;
  return (
    <span className="flow" title={`${tokens(input)} input tokens, ${tokens(output)} output tokens`}>
      {input === null ? '?' : formatCount(input)}
      <span className="unseen"> in</span>
      {output !== null && (
        <>
          <Icon name="arrow" size={10} />
          {formatCount(output)}
          <span className="unseen"> out</span>
        </>
      )}
    </span>
  );
}

function tokens(count: number | null): string {
  return count === null ? 'unknown' : exactCount(count);
}

export function Duration({ ms }: { ms: number }) {
  return <span title={`${ms} ms`}>{formatDuration(ms)}</span>;
}

/** How long ago, kept fresh; the exact local time in the title. */
export function Ago({ iso }: { iso: string }) {
  const now = useNow();
  return (
    <time dateTime={iso} title={formatExact(iso)}>
      {formatAgo(iso, now)}
    </time>
  );
}
