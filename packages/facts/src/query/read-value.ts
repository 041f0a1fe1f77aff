/** Numbers as people write them in a filter. */
import { type FieldType, operatorsOf } from './fields.ts';

/** A power of ten that a unit stands for, in nanoseconds for times and in ones for counts. */
const thousands = { '': 0, k: 3, K: 3, M: 6, G: 9 } as const;
const nanosOf = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 10n ** 9n,
  m: 60n * 10n ** 9n,
  h: 3_600n * 10n ** 9n,
};
const longest = 2n ** 62n;

const expected: Record<Exclude<FieldType, 'text' | 'id'> | 'attribute', string> = {
  count: 'a whole number, like 1000 or 10k',
  duration: 'a duration, like 500ms, 2s or 1.5m',
  seconds: 'a duration, like 500ms or 2s',
  money: 'US dollars, like 0.01',
  attribute: 'a number, like 42 or 0.5',
};

/** In the unit that {@link Filter} has it in; a text where the value is none, which says what was expected. */
export function readValue(type: keyof typeof expected, text: string): bigint | number | string {
  const found = value(type, text);
  return found ?? `expected ${expected[type]}`;
}

export function operatorsExpected(type: FieldType | 'attribute'): string {
  return operatorsOf(type).join(' ');
}

function value(type: keyof typeof expected, text: string): bigint | number | undefined {
  if (type === 'attribute') {
    const number = /^-?\d+(\.\d+)?([eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    return Number.isFinite(number) ? number : undefined;
  }
  const match = /^(\d{1,18})(?:\.(\d{1,18}))?([a-zA-Zµ$]*)$/.exec(type === 'money' ? text.replace(/^\$/, '') : text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', unit = ''] = match;
  if (type === 'money') return unit === '' ? scaled(whole, fraction, 10n ** 9n) : undefined;
  if (type === 'count') {
    if (!Object.hasOwn(thousands, unit)) return undefined;
    const size = 10n ** BigInt(thousands[unit as keyof typeof thousands]);
    const exact = BigInt(whole + fraction) * size;
    const parts = 10n ** BigInt(fraction.length);
    return exact % parts === 0n && exact / parts < longest ? exact / parts : undefined;
  }
  if (!Object.hasOwn(nanosOf, unit)) return undefined;
  const nanos = scaled(whole, fraction, nanosOf[unit as keyof typeof nanosOf]);
  return nanos === undefined || type === 'duration' ? nanos : Number(nanos) / 1e9;
}

/** Rounded half up; undefined beyond what 62 bits can hold. */
function scaled(whole: string, fraction: string, size: bigint): bigint | undefined {
  const parts = 10n ** BigInt(fraction.length);
  const sum = (BigInt(whole + fraction) * size * 2n + parts) / (2n * parts);
  return sum < longest ? sum : undefined;
}
