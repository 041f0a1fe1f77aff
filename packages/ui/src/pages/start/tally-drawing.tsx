/** Four strokes and the one across. `drawn` draws them one after the other. */
export function TallyDrawing({ drawn = false }: { drawn?: boolean }) {
  return (
    <svg
      className={`tally-drawing${drawn ? ' is-drawn' : ''}`}
      viewBox="0 0 96 48"
      width="96"
      height="48"
      fill="none"
      strokeWidth="3.2"
      strokeLinecap="round"
      aria-hidden="true"
    >
      {[24, 40, 56, 72].map((x) => (
        <path key={x} className="stroke" d={`M${x} 8v32`} pathLength={1} />
      ))}
      <path className="span" d="M11 33 85 15" pathLength={1} />
    </svg>
  );
}
