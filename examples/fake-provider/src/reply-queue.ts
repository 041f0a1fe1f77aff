import type { RecordedRequest } from './recorded-request.ts';
import type { Reply } from './reply.ts';

interface Waiting {
  reply: Reply;
  left: number;
}

/** Replies that wait for their request. The first that fits is given; one that names another path or model waits on. */
export class ReplyQueue {
  readonly #waiting: Waiting[] = [];

  add(replies: readonly Reply[]): void {
    for (const reply of replies) this.#waiting.push({ reply, left: reply.times ?? 1 });
  }

  take(request: RecordedRequest): Reply | undefined {
    const at = this.#waiting.findIndex(({ reply }) => fits(reply, request));
    const found = this.#waiting[at];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#waiting.splice(at, 1);
    return found.reply;
  }

  get length(): number {
    return this.#waiting.length;
  }
}

function fits(reply: Reply, request: RecordedRequest): boolean {
  return (
    (reply.path === undefined || reply.path === request.path) &&
    (reply.model === undefined || reply.model === request.model)
  );
}
