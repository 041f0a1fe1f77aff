/** A course of values in the size of a word. What it says stands in words beside it. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(...values, 0);
  const step = 100 / Math.max(1, values.length - 1);
  const points = values.map(
    (value, i) => `${(i * step).toFixed(2)} ${(20 - (most === 0 ? 0 : (value / most) * 18)).toFixed(2)}`,
  );
  // One value is a level line.
  const line = points.length === 1 ? `M0 2L100 2` : `M${points.join('L')}`;
  return (
    <svg className="sparkline" viewBox="0 0 100 21" preserveAspectRatio="none" role="img" aria-label={label}>
      {values.length > 0 && (
        <>
          <path className="area" d={`${line}V21H0Z`} />
          <path className="line" d={line} />
        </>
      )}
    </svg>
  );
}
