/** What the fake provider says to the crew: what models might say, with the figures and the pace of a real day. */
import type { RecordedRequest, Reply, Script } from '@tallyspan/fake-provider';
import { articles, type PlannedArticle, tickets } from './planned.ts';

/** A new one for each time the crew works: it remembers whom it turned away. */
export function createScript(): Script {
  const turnedAway = new Set<PlannedArticle>();
  return (request) => {
    if (request.path === '/v1/embeddings') return { delayMs: 70 };
    const ticket = tickets.find(({ text }) => request.rawBody.includes(text));
    if (ticket !== undefined)
      return { text: JSON.stringify(ticket.sorted), usage: ticket.usage, delayMs: ticket.delayMs };

    const article = articles.find(({ subject }) => request.rawBody.toLowerCase().includes(subject));
    if (article === undefined) return undefined;
    if (request.path === '/v1/messages' && article.isTurnedAwayOnce && !turnedAway.has(article)) {
      turnedAway.add(article);
      return { error: 'rate_limit', retryAfterMs: 160, delayMs: 60 };
    }
    return replyFor(article, request);
  };
}

function replyFor({ researcher, writer, editor }: PlannedArticle, request: RecordedRequest): Reply {
  if (request.path === '/v1/messages') return { ...writer, delayMs: 180, chunkDelayMs: 15, pieces: 28 };
  switch (request.model) {
    case 'gpt-4o':
      return { ...researcher[turnsBefore(request)], delayMs: 280 };
    case 'gpt-4.1':
      return { ...editor.text, delayMs: 140, chunkDelayMs: 14, pieces: 24 };
    case 'gpt-4o-mini':
      return { ...editor.title, delayMs: 210 };
    default:
      return { ...editor.doubts, delayMs: 390 };
  }
}

/** How often the model spoke in this conversation already. */
function turnsBefore({ body }: RecordedRequest): number {
  return (body.messages as { role: string }[]).filter(({ role }) => role === 'assistant').length;
}
