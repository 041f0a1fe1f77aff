/** Where the figures will stand. */
export function CostTableWaiting() {
  return (
    <div className="cost-waiting waiting" role="status" aria-label="Loading the costs">
      <span className="skeleton" style={{ width: 180, height: 28 }} />
      <span className="skeleton" style={{ width: '100%', height: 8, marginTop: 22 }} />
      {[44, 36, 40, 30, 38].map((width, i) => (
        <span key={i} className="skeleton" style={{ width: `${width}%`, marginTop: 28 }} />
      ))}
    </div>
  );
}
