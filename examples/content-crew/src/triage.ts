/** A second, smaller agent of another tenant: tickets are sorted side by side. */
import { agent, role, watch } from '@tallyspan/sdk';
import OpenAI from 'openai';

const openai = watch(new OpenAI({ maxRetries: 0 }));

export interface Sorted {
  queue: 'billing' | 'outage' | 'how-to';
  urgent: boolean;
}

export const supportTriage = agent({ name: 'support-triage', tenant: 'globex' }, (tickets: readonly string[]) =>
  role('classifier', () => Promise.all(tickets.map(classify))),
);

async function classify(ticket: string): Promise<Sorted> {
  const { choices } = await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: 'Sort the ticket.' },
      { role: 'user', content: ticket },
    ],
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'sorted',
        strict: true,
        schema: {
          type: 'object',
          properties: { queue: { enum: ['billing', 'outage', 'how-to'] }, urgent: { type: 'boolean' } },
          required: ['queue', 'urgent'],
          additionalProperties: false,
        },
      },
    },
  });
  return JSON.parse(choices[0]!.message.content!) as Sorted;
}
