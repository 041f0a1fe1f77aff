import { StringDecoder } from 'node:string_decoder';

/** What a program writes, up to a bound; what is over it is only counted. */
export class Output {
  discarded = 0;
  readonly #bytesMax: number;
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(part: Buffer): void {
    const kept = part.subarray(0, Math.max(0, this.#bytesMax - this.#bytes));
    if (kept.length > 0) this.#parts.push(kept);
    this.#bytes += kept.length;
    this.discarded += part.length - kept.length;
  }

  /** As UTF-8. A character that the bound cut in two is left out. */
  text(): string {
    const all = Buffer.concat(this.#parts);
    const decoder = new StringDecoder('utf8');
    return this.discarded > 0 ? decoder.write(all) : decoder.write(all) + decoder.end();
  }
}
