import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { changedPixels, marked } from './compare-pictures.ts';
import { paletteOf, readPicture, readTrueColours, withPalette, writePicture } from './png.ts';

const colours = {
  width: 5,
  height: 4,
  colours: Uint32Array.from({ length: 20 }, (_, i) => (i % 5 === 2 ? 0x006b55 : 0xffffff)),
};
const picture = withPalette(colours, paletteOf(colours));

describe('pictures of the page', () => {
  it('come back from their file as they were written, with an odd number of pixels in a line too', () => {
    expect(readPicture(writePicture(picture))).toEqual(picture);
    expect(picture.palette).toEqual([0xffffff, 0x006b55]);
  });

  it('each filter of a line is undone as the standard says', () => {
    const lines = [
      [0, 10, 20, 30, 40, 50, 60],
      [1, 10, 20, 30, 30, 30, 30],
      [2, 1, 1, 1, 1, 1, 1],
      [3, 5, 10, 15, 20, 25, 30],
      [4, 1, 2, 3, 4, 5, 6],
    ];
    const chunk = (name: string, data: Buffer) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(data.length);
      return Buffer.concat([length, Buffer.from(name), data, Buffer.alloc(4)]);
    };
    const header = Buffer.from([0, 0, 0, 2, 0, 0, 0, 5, 8, 2, 0, 0, 0]);
    const signature = writePicture(picture).subarray(0, 8);
    const data = chunk('IDAT', deflateSync(Buffer.from(lines.flat())));
    const read = readTrueColours(Buffer.concat([signature, chunk('IHDR', header), data]));
    // Sub adds the pixel on the left; Up that above; Average half of both; Paeth the nearest of three.
    expect([...read.colours].map((colour) => colour.toString(16).padStart(6, '0'))).toEqual([
      ...['0a141e', '28323c', '0a141e', '28323c'],
      ...['0b151f', '29333d', '0a141e', '2d3c4b', '0b1621', '314151'],
    ]);
  });

  it('a line that moved by one pixel has not changed, one that is gone has', () => {
    const moved = { ...picture, pixels: Uint8Array.from(picture.pixels, (_, i) => (i % 5 === 3 ? 1 : 0)) };
    expect(changedPixels(picture, moved)).toHaveLength(0);
    const far = { ...picture, pixels: Uint8Array.from(picture.pixels, (_, i) => (i % 5 === 4 ? 1 : 0)) };
    const changed = changedPixels(picture, far);
    expect([...changed]).toEqual([4, 9, 14, 19]);
    const shown = marked(far, changed);
    expect(shown.palette[shown.pixels[4]!]).toBe(0xff00ff);
  });
});
