/** `1,284,220`. */
export function exactCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `950`, `9,999`, `12.3k`, `4.21M`, `1.02B`: for columns that are read at a glance. */
export function formatCount(count: number): string {
  if (count < 10_000) return exactCount(count);
  const [unit, suffix] = count < 999_950 ? [1e3, 'k'] : count < 999_995_000 ? [1e6, 'M'] : [1e9, 'B'];
  const value = count / (unit as number);
  return `${value < 9.995 ? value.toFixed(2) : value < 999.95 ? value.toFixed(1) : exactCount(value)}${suffix}`;
}

/** `1 span`, `2,000 spans`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${exactCount(count)} ${count === 1 ? noun : plural}`;
}

/** `62%`, `4.1%`, `<0.1%`: a share between 0 and 1. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0%';
  if (percent < 0.1) return '<0.1%';
  if (percent < 100 && percent >= 99.5) return '>99%';
  return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)}%`;
}
