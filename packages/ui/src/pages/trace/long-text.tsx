import { useState } from 'react';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';

/** Text beyond this waits for a click: one attribute may hold megabytes, which would stall the page. */
const CHARS_SHOWN = 4_000;

export function LongText({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const cut = !whole && text.length > CHARS_SHOWN;
  return (
    <span className="long-text">
      {printable(cut ? text.slice(0, CHARS_SHOWN) : text)}
      {cut && (
        <button type="button" className="link-button" onClick={() => setWhole(true)}>
          … show all {exactCount(text.length)} characters
        </button>
      )}
    </span>
  );
}
