import { describe, expect, it } from 'vitest';
import { EventDecoder } from './observe-body.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('server-sent events read as they pass', () => {
  it('are the same however the bytes were cut', () => {
    const text = 'event: a\ndata: {"n":1}\n\nevent: b\r\ndata: {"n":\r\ndata: 2}\r\n\r\n: note\n\ndata: {"ü":"✓"}\n\n';
    const whole = new EventDecoder().decode(bytes(text));
    expect(whole).toEqual([{ n: 1 }, { n: 2 }, { ü: '✓' }]);
    const decoder = new EventDecoder();
    expect([...bytes(text)].flatMap((byte) => decoder.decode(Uint8Array.of(byte)))).toEqual(whole);
  });

  it('that are no JSON, or no bytes, are left out', () => {
    const decoder = new EventDecoder();
    expect(decoder.decode('data: {}\n\n')).toEqual([]);
    expect(decoder.decode(bytes('data: {oops\n\ndata: [DONE]\n\ndata: {"n":3}\n\n'))).toEqual([{ n: 3 }]);
  });
});
