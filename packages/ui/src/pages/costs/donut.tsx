import type { Slice } from '../../costs/by-provider.ts';
import { formatShare } from '../../format/count.ts';
import { Clip } from '../../widgets/text.tsx';

/** Shares of a whole as a ring; the words beside it say the same. */
export function Donut({ title, slices }: { title: string; slices: readonly Slice[] }) {
  let before = 0;
  return (
    <section className="donut">
      <svg viewBox="0 0 42 42" width="132" height="132" aria-hidden="true">
        <circle className="donut-ground" cx="21" cy="21" r="15.9155" fill="none" strokeWidth="6" />
        {slices.map((slice) => {
          const start = before;
          before += slice.share;
          // Its radius makes the ring 100 long; a hair is left between the parts.
          const length = Math.max(0.2, slice.share * 100 - (slices.length > 1 ? 0.6 : 0));
          return (
            <circle
              key={slice.colour}
              className={`stroke-${slice.colour}`}
              cx="21"
              cy="21"
              r="15.9155"
              fill="none"
              strokeWidth="6"
              strokeDasharray={`${length} ${100 - length}`}
              strokeDashoffset={25 - start * 100}
            />
          );
        })}
      </svg>
      <div>
        <h2>{title}</h2>
        {slices.length === 0 ? (
          <p className="muted">Nothing that has a price.</p>
        ) : (
          <ul>
            {slices.map((slice) => (
              <li key={slice.colour}>
                <span className={`part-dot part-${slice.colour}`} aria-hidden="true" />
                <Clip text={slice.name} />
                <span className="number">{formatShare(slice.share)}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
