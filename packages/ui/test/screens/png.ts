/** Pictures as PNG (https://www.w3.org/TR/png-3/): those of the browser are read, those with a palette of 16 colours read and written. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Colours of a palette, and which of them each pixel has. */
export interface Picture {
  width: number;
  height: number;
  /** `0xrrggbb` */
  palette: readonly number[];
  pixels: Uint8Array;
}

export interface TrueColours {
  width: number;
  height: number;
  /** `0xrrggbb` of each pixel. */
  colours: Uint32Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS_MAX = 16;

/** A picture of the browser: eight bits a channel, not interlaced. */
export function readTrueColours(png: Buffer): TrueColours {
  const { width, height, type, data } = readChunks(png);
  const bytes = type === 6 ? 4 : 3;
  if (type !== 6 && type !== 2) throw new Error(`no picture of a browser: colour type ${type}`);
  const rows = unfilter(data, width * bytes, height, bytes);
  const colours = new Uint32Array(width * height);
  for (let i = 0, at = 0; i < colours.length; i++, at += bytes)
    colours[i] = (rows[at]! << 16) | (rows[at + 1]! << 8) | rows[at + 2]!;
  return { width, height, colours };
}

/** One that {@link writePicture} wrote. */
export function readPicture(png: Buffer): Picture {
  const { width, height, data, plte } = readChunks(png);
  const line = Math.ceil(width / 2);
  const rows = unfilter(data, line, height, 1);
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const pair = rows[y * line + (x >> 1)]!;
      pixels[y * width + x] = x % 2 === 0 ? pair >> 4 : pair & 15;
    }
  const palette = Array.from(
    { length: plte.length / 3 },
    (_, i) => (plte[i * 3]! << 16) | (plte[i * 3 + 1]! << 8) | plte[i * 3 + 2]!,
  );
  return { width, height, palette, pixels };
}

/** Four bits a pixel. */
export function writePicture({ width, height, palette, pixels }: Picture): Buffer {
  const line = Math.ceil(width / 2);
  const rows = Buffer.alloc((line + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * (line + 1) + 1 + (x >> 1);
      rows[at] = rows[at]! | (pixels[y * width + x]! << (x % 2 === 0 ? 4 : 0));
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([4, 3, 0, 0, 0], 8);
  const plte = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    ...[SIGNATURE, chunk('IHDR', header), chunk('PLTE', plte)],
    ...[chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))],
  ]);
}

/** The most frequent colours that are not nearly the same. */
export function paletteOf({ colours }: TrueColours): number[] {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const palette: number[] = [];
  for (const [colour] of [...counts].sort((one, other) => other[1] - one[1])) {
    if (palette.length === COLOURS_MAX) break;
    if (palette.every((each) => distance(each, colour) > 24)) palette.push(colour);
  }
  return palette;
}

/** With these colours only: each pixel gets the nearest. */
export function withPalette({ width, height, colours }: TrueColours, palette: readonly number[]): Picture {
  const nearest = new Map<number, number>();
  const pixels = Uint8Array.from(colours, (colour) => {
    let known = nearest.get(colour);
    if (known === undefined) {
      known = 0;
      for (let i = 1; i < palette.length; i++)
        if (distance(palette[i]!, colour) < distance(palette[known]!, colour)) known = i;
      nearest.set(colour, known);
    }
    return known;
  });
  return { width, height, palette, pixels };
}

/** The largest difference of a channel. */
export function distance(one: number, other: number): number {
  return Math.max(
    Math.abs((one >> 16) - (other >> 16)),
    Math.abs(((one >> 8) & 255) - ((other >> 8) & 255)),
    Math.abs((one & 255) - (other & 255)),
  );
}

function readChunks(png: Buffer): { width: number; height: number; type: number; data: Buffer; plte: Buffer } {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('this is no PNG');
  const parts: Record<string, Buffer[]> = {};
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const name = png.toString('latin1', at + 4, at + 8);
    (parts[name] ??= []).push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const header = parts['IHDR']![0]!;
  return {
    width: header.readUInt32BE(0),
    height: header.readUInt32BE(4),
    type: header[9]!,
    data: inflateSync(Buffer.concat(parts['IDAT']!)),
    plte: parts['PLTE']?.[0] ?? Buffer.alloc(0),
  };
}

/** Lines without what each was predicted by (section 9). */
function unfilter(data: Buffer, line: number, height: number, bytes: number): Uint8Array {
  const rows = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (line + 1)]!;
    for (let x = 0; x < line; x++) {
      const at = y * line + x;
      const left = x >= bytes ? rows[at - bytes]! : 0;
      const up = y > 0 ? rows[at - line]! : 0;
      const corner = x >= bytes && y > 0 ? rows[at - line - bytes]! : 0;
      rows[at] = data[y * (line + 1) + 1 + x]! + [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
    }
  }
  return rows;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [byLeft, byUp, byCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return byLeft <= byUp && byLeft <= byCorner ? left : byUp <= byCorner ? up : corner;
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
}
