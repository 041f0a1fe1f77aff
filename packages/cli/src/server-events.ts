import { askRaw, type Question } from './ask-server.ts';

/** Server-sent events as they come, until the server ends them: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* serverEvents(question: Question): AsyncGenerator<{ event: string; data: string }> {
  yield* readEvents(await askRaw(question));
}

/** The same of an answer that is there. */
export async function* readEvents(response: Response): AsyncGenerator<{ event: string; data: string }> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
      const data = fields.get('data');
      if (data !== undefined) yield { event: fields.get('event') ?? 'message', data };
    }
  }
}
