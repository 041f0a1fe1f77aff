/** What is sent to each kind of channel. */
import { createHmac } from 'node:crypto';
import { oneLine } from '../report.ts';
import type { AlertEvent } from './definition.ts';

/** One message: what one look at one alert found. */
export interface Message {
  /** Stays the same however often it is tried. */
  id: string;
  events: AlertEvent[];
}

/** Of the words in a message: those who wrote names of agents and models did not write to our readers. */
const WORDS_MAX = 300;

export function jsonBody({ id, events }: Message): string {
  const [first] = events;
  return JSON.stringify({
    type: `alert.${first?.state ?? 'test'}`,
    id,
    timestamp: new Date(first?.atMs ?? 0).toISOString(),
    data: {
      alert: first?.alert ?? null,
      events: events.map(({ on, state, tenant, key, text, atMs }) => ({
        on,
        state,
        tenant: tenant ?? null,
        key,
        text,
        at: new Date(atMs).toISOString(),
      })),
    },
  });
}

/** `webhook-id`, `webhook-timestamp`, `webhook-signature`: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function signedHeaders(id: string, body: string, secret: string, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** `text` alone is understood by Slack, Mattermost, Rocket.Chat, Discord's `/slack` and Google Chat. */
export function slackBody({ events }: Message): string {
  const escaped = lines(events).map((line) => line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'));
  return JSON.stringify({ text: escaped.join('\n') });
}

/** Plain text: nothing in it can be a link or an image. */
export function mailOf({ id, events }: Message): { subject: string; text: string; messageId: string } {
  const [subject = 'Tallyspan'] = lines(events);
  return {
    subject: subject.slice(0, WORDS_MAX),
    text: `${lines(events).join('\n')}\n`,
    messageId: `<${id}@tallyspan>`,
  };
}

function lines(events: readonly AlertEvent[]): string[] {
  return events.map(({ state, alert, text }) => {
    const head = { firing: 'Alert', resolved: 'Resolved', test: 'Test' }[state];
    return `${head}: ${words(alert?.name ?? 'Tallyspan')}: ${words(text)}`;
  });
}

function words(text: string): string {
  const line = oneLine(text);
  return line.length > WORDS_MAX ? `${line.slice(0, WORDS_MAX)}…` : line;
}
