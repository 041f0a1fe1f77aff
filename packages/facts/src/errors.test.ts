import { describe, expect, it } from 'vitest';
import { type ErrorCode, errors, isTallyError, TallyError } from './errors.ts';

describe('errors', () => {
  it.each(Object.keys(errors) as ErrorCode[])('%s says what happened, why, and how to fix it', (code) => {
    const { what, why, fix } = errors[code];
    for (const text of [what, why, fix]) expect(text.length).toBeGreaterThan(0);
  });

  it('fills in the details and reads as one line', () => {
    const error = new TallyError('PORT_TAKEN', { port: 4318, host: '127.0.0.1', option: '--port', next: 4319 });
    expect(error.message).toBe(
      'Port 4318 is taken. Another program listens on 127.0.0.1:4318; perhaps another Tallyspan. Stop that program, or start with --port 4319.',
    );
  });

  it('is known by its marker, not by its class', () => {
    expect(isTallyError(Object.assign(new Error('x'), { name: 'TallyError', code: 'INTERNAL' }))).toBe(true);
    expect(isTallyError(new Error('x'))).toBe(false);
  });
});
