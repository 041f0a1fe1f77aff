import { usdFromNanos } from '@tallyspan/facts/units';
import { describe, expect, it } from 'vitest';
import { exactColumn, exactUsd, formatUsd, nanosFromUsd, shareOf } from './money.ts';

describe('money on the page', () => {
  it('LLM-50 amounts are read and written to the nano-dollar without a double in between', () => {
    for (const usd of ['0', '0.148', '0.000000001', '8.25', '123456789012.000000001', '-0.5']) {
      expect(usdFromNanos(nanosFromUsd(usd))).toBe(usd);
    }
    expect(nanosFromUsd('9007199.254740993')).toBe(9_007_199_254_740_993n);
  });

  it('shows cents from a dollar up and four places below', () => {
    expect(['0', '0.148', '0.01', '1', '8.25', '1234.5', '1234567.891'].map(formatUsd)).toEqual([
      '$0.00',
      '$0.1480',
      '$0.0100',
      '$1.00',
      '$8.25',
      '$1,234.50',
      '$1,234,567.89',
    ]);
  });

  it('never shows zero for an amount that is not zero', () => {
    expect(
      ['0.004', '0.00012', '0.0000995', '0.0000994', '0.00001849', '0.0000025', '0.000000001'].map(formatUsd),
    ).toEqual(['$0.0040', '$0.0001', '$0.0001', '$0.000099', '$0.000018', '$0.0000025', '$0.000000001']);
  });

  it('rounds half up, and what rounds to a dollar is shown as a dollar', () => {
    expect(['0.00005', '0.12345', '0.99994', '0.99995', '1.005', '-1.005'].map(formatUsd)).toEqual([
      '$0.000050',
      '$0.1235',
      '$0.9999',
      '$1.00',
      '$1.01',
      '−$1.01',
    ]);
  });

  it('shows every digit where the exact amount is asked for', () => {
    expect(['0', '0.5', '0.002875', '1234567.000000001'].map(exactUsd)).toEqual([
      '$0.00',
      '$0.50',
      '$0.002875',
      '$1,234,567.000000001',
    ]);
  });

  it('lines up the digits of amounts that are added', () => {
    expect(exactColumn(['0.00343', '0.0031', '12'])).toEqual(['$0.00343', '$0.00310', '$12.00000']);
    expect(exactColumn([])).toEqual([]);
  });

  it('refuses what is no exact amount', () => {
    for (const text of ['', 'NaN', '1e-7', '0.0000000001', '1,000', '$1']) {
      expect(() => nanosFromUsd(text)).toThrow(RangeError);
    }
  });

  it('draws shares, and none of nothing', () => {
    expect(shareOf('0.25', '1')).toBe(0.25);
    expect(shareOf('0.000000001', '1000000')).toBe(0);
    expect(shareOf('0', '0')).toBe(0);
  });
});
