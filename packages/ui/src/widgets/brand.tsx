/** Four strokes and the one across: a tally, and a span over what it counts. */
export function BrandMark({ size = 22 }: { size?: number }) {
  return (
    <svg
      className="brand-mark"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      strokeWidth="2.1"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path className="stroke" d="M5.25 4.5v15M9.75 4.5v15M14.25 4.5v15M18.75 4.5v15" />
      <path className="span" d="M1.8 16.2 22.2 7.8" />
    </svg>
  );
}
