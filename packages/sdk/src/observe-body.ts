import type { CallRecord } from './call-record.ts';
import { isStream, observeStream } from './observe-stream.ts';
import { fields } from './read.ts';

/**
 * A response whose body somebody else will parse: a helper took it out of the promise that we watch (the threads of
 * `@anthropic-ai/sdk` 1). The bytes are looked at as they pass, and what they say is what the stream would have said.
 */
export function observeBody(body: unknown, record: CallRecord): void {
  if (!isStream(body)) return;
  const decoder = new EventDecoder();
  observeStream(
    body,
    {
      chunk(bytes) {
        for (const event of decoder.decode(bytes)) record.chunk(event);
      },
      finish: (by) => record.finish(by),
      fail: (error) => record.fail(error),
      uncount() {},
      set streaming(is: boolean) {
        record.streaming = is;
      },
    },
    undefined,
  );
}

/** An event that never ends must not fill the memory. */
const EVENT_CHARS_MAX = 1_000_000;

/** Server-sent events with JSON in them (WHATWG HTML, "Server-sent events"). What is no JSON is left out. */
export class EventDecoder {
  readonly #text = new TextDecoder();
  #rest = '';

  decode(bytes: unknown): unknown[] {
    if (!(bytes instanceof Uint8Array)) return [];
    const events = (this.#rest + this.#text.decode(bytes, { stream: true })).split(/\r\n\r\n|\n\n|\r\r/);
    this.#rest = events.pop()!;
    if (this.#rest.length > EVENT_CHARS_MAX) this.#rest = '';
    return events.flatMap((event) => {
      const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
      try {
        return [JSON.parse(lines.map((line) => line.slice(5)).join('\n')) as unknown];
      } catch {
        return [];
      }
    });
  }
}

/** Whether these are the parts of a response that a lazy promise of a Stainless-made SDK parses, and the answer is a stream. */
export function streamingBodyOf(props: unknown): unknown {
  const { response, options } = fields(props);
  return fields(options).stream === true ? fields(response).body : undefined;
}
