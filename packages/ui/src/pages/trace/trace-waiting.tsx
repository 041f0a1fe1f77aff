const ROWS = [0, 1, 2, 3, 3, 2, 3, 1, 2, 2];

export function TraceWaiting() {
  return (
    <div className="trace-page waiting" role="status" aria-label="Loading the trace">
      <title>Trace · Tallyspan</title>
      <div className="trace-header">
        <span className="skeleton" style={{ width: 220, height: 16 }} />
        <span className="skeleton" style={{ width: 340, marginTop: 14 }} />
      </div>
      <div className="trace-waiting-rows">
        {ROWS.map((depth, i) => (
          <div key={i}>
            <span className="skeleton" style={{ width: 150 - depth * 12, marginLeft: depth * 18 }} />
            <span className="skeleton" style={{ width: `${38 - depth * 9}%`, marginLeft: `${30 + i * 2}%` }} />
          </div>
        ))}
      </div>
    </div>
  );
}
