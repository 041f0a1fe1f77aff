import { distance, type Picture } from './png.ts';

/** Colours nearer than this are the same to the eye, and to two versions of a browser. */
const SAME = 64;

/**
 * Pixels that changed. One that has its new colour beside it in the old picture has not: the edges of letters are drawn a little
 * otherwise by each version of a browser.
 */
export function changedPixels(old: Picture, now: Picture): Uint32Array {
  if (old.width !== now.width || old.height !== now.height)
    throw new Error(`${now.width} × ${now.height} pixels, and ${old.width} × ${old.height} before`);
  const { width, height } = old;
  const same = old.palette.map((one) => now.palette.map((other) => distance(one, other) <= SAME));
  const changed: number[] = [];
  for (let at = 0; at < now.pixels.length; at++) {
    if (same[old.pixels[at]!]![now.pixels[at]!]) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    let isNear = false;
    for (let dy = Math.max(0, y - 1); dy <= Math.min(height - 1, y + 1) && !isNear; dy++)
      for (let dx = Math.max(0, x - 1); dx <= Math.min(width - 1, x + 1) && !isNear; dx++)
        isNear = same[old.pixels[dy * width + dx]!]![now.pixels[at]!]!;
    if (!isNear) changed.push(at);
  }
  return Uint32Array.from(changed);
}

/** The new picture, with what changed in a colour that cannot be overlooked. */
export function marked(now: Picture, changed: Uint32Array): Picture {
  const palette = [...now.palette.slice(0, 15), 0xff00ff];
  const pixels = Uint8Array.from(now.pixels, (pixel) => Math.min(pixel, palette.length - 2));
  for (const at of changed) pixels[at] = palette.length - 1;
  return { ...now, palette, pixels };
}
