/** An answer ready to be sent: a status, headers, and what follows them. */
export interface Outgoing {
  status: number;
  headers: Record<string, string>;
  /** A whole body, or the events of a stream. */
  body: unknown;
  events?: readonly ServerSentEvent[];
}

/** OpenAI's chat streams have data only; responses and Anthropic name each event. */
export interface ServerSentEvent {
  event?: string;
  data: object | '[DONE]';
}

export function eventText({ event, data }: ServerSentEvent): string {
  const line = `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
  return event === undefined ? line : `event: ${event}\n${line}`;
}
