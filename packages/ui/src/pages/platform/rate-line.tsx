const WIDTH = 120;
const HEIGHT = 24;
const POINTS = 60;

/** The last two minutes; the newest is at the right. */
export function RateLine({ points }: { points: readonly number[] }) {
  const most = Math.max(1, ...points);
  const at = (value: number, i: number) =>
    `${((i + POINTS - points.length) / (POINTS - 1)) * WIDTH} ${HEIGHT - 1 - (value / most) * (HEIGHT - 3)}`;
  return (
    <svg className="rate-line" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && <polyline points={points.map(at).join(' ')} />}
    </svg>
  );
}
