import { useEffect, useRef, useState } from 'react';
import { exactCount } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import type { MediaPart } from '../../trace/messages.ts';
import { Icon } from '../../widgets/icon.tsx';
import { CopyButton } from '../../widgets/copy.tsx';

/** What browsers decode without running anything; a drawing in SVG may hold scripts and links and is not among them. */
const PICTURES: ReadonlySet<string> = new Set(
  ['png', 'jpeg', 'jpg', 'gif', 'webp', 'avif', 'bmp'].map((type) => `image/${type}`),
);

/** Base64 text of 12 MB of picture. */
const CHARS_MAX = 16 * 1024 * 1024;
/** A picture of more than this takes more memory than it is worth: 64 megapixels are 256 MB. */
const PIXELS_MAX = 64_000_000;

/**
 * A picture that was sent with a message, drawn from its own bytes. The page never asks another server for one: somebody who wrote a
 * message must not learn who reads it. What lies elsewhere is named and can be copied.
 */
export function Media({ part }: { part: MediaPart }) {
  const type = part.type.toLowerCase();
  const { base64, reference } = part;
  if (base64 !== null && (PICTURES.has(type) || type === 'image') && base64.length <= CHARS_MAX)
    return <Picture base64={base64} type={type === 'image' ? '' : type} />;
  return (
    <p className="media-note">
      <Icon name="link" size={13} />
      <span>
        {printable(type || 'A file')}
        {base64 !== null && `, about ${exactCount(Math.round((base64.length * 3) / 4 / 1024))} KB, not shown`}
        {reference !== null && (
          <>
            {', not loaded: '}
            <code className="long-text">{printable(reference.slice(0, 500))}</code>
            <CopyButton text={reference} label="Copy the address" />
          </>
        )}
      </span>
    </p>
  );
}

/** Drawn on a canvas: the policy of the page lets an `img` load nothing, and these bytes are here already. */
function Picture({ base64, type }: { base64: string; type: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [state, setState] = useState<'drawing' | 'drawn' | 'unreadable'>('drawing');
  useEffect(() => {
    let gone = false;
    decode(base64, type).then(
      (bitmap) => {
        const target = canvas.current;
        if (!gone && target && bitmap.width * bitmap.height <= PIXELS_MAX) {
          target.width = bitmap.width;
          target.height = bitmap.height;
          target.getContext('2d')?.drawImage(bitmap, 0, 0);
          setState('drawn');
        } else if (!gone) setState('unreadable');
        bitmap.close();
      },
      () => !gone && setState('unreadable'),
    );
    return () => {
      gone = true;
    };
  }, [base64, type]);
  if (state === 'unreadable') return <p className="media-note">A picture that cannot be read.</p>;
  return (
    <canvas
      ref={canvas}
      className="picture"
      role="img"
      aria-label="A picture sent with the message"
      data-state={state}
    />
  );
}

async function decode(base64: string, type: string): Promise<ImageBitmap> {
  const text = atob(base64.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type }));
}
