/** A task that reports itself: what it did and what it cost, in code and on the server. */
import { createClient, currentTrace, role, watch } from '@tallyspan/sdk';
import OpenAI from 'openai';

// Reads TALLYSPAN_AGENT_ID, TALLYSPAN_AGENT_SECRET and OPENAI_API_KEY.
const client = createClient();
const openai = watch(new OpenAI());

async function ask(model: string, content: string): Promise<string> {
  const response = await openai.chat.completions.create({ model, messages: [{ role: 'user', content }] });
  return response.choices[0]?.message.content ?? '';
}

export const summarise = client.trace(
  'Summarise article',
  { description: 'Makes a long article short, and finds a headline for it.' },
  async (article: string) => {
    const summary = await ask('gpt-4o', `Summarise: ${article}`);
    const headline = await role('editor', () => ask('gpt-4o-mini', `A headline for: ${summary}`));
    return { summary, headline, trace: currentTrace()! };
  },
);
