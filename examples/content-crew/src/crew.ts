/**
 * Three roles write an article. What Tallyspan needs of it: the clients are watched, the crew is an agent, each part is a role, and the
 * function that the model may call is a tool. Nothing else in here knows that it is observed.
 */
import Anthropic from '@anthropic-ai/sdk';
import { agent, role, tool, watch } from '@tallyspan/sdk';
import OpenAI from 'openai';
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
import { library, styleGuide } from './library.ts';
import { retry } from './retry.ts';

const openai = watch(new OpenAI({ maxRetries: 0 }));
const anthropic = watch(new Anthropic({ maxRetries: 0 }));

export interface Article {
  headline: string;
  tags: string[];
  text: string;
  doubts: string;
}

/** Each call is a run: `await contentCrew('Why cities plant pocket forests')`. */
export const contentCrew = agent(
  { name: 'content-crew', tenant: 'acme-corp' },
  async (topic: string): Promise<Article> => {
    const notes = await role('researcher', () => research(topic));
    const draft = await role('writer', () => write(topic, notes));
    return role('editor', () => edit(draft, notes));
  },
);

/** Lets the model search until it has what it needs. */
async function research(topic: string): Promise<string> {
  const messages: ChatCompletionMessageParam[] = [
    { role: 'system', content: 'You collect facts for a writer. Search before you answer.' },
    { role: 'user', content: `Collect the facts for an article: ${topic}` },
  ];
  for (let turn = 0; turn < 5; turn += 1) {
    const { choices } = await openai.chat.completions.create({ model: 'gpt-4o', messages, tools: [searchLibraryTool] });
    const { content, tool_calls = [] } = choices[0]!.message;
    if (tool_calls.length === 0) return content ?? '';
    messages.push({ role: 'assistant', content, tool_calls });
    const found = tool_calls.map(async (call): Promise<ChatCompletionMessageParam> => {
      const { query } = JSON.parse(call.type === 'function' ? call.function.arguments : '{}') as { query: string };
      return { role: 'tool', tool_call_id: call.id, content: await searchLibrary(query) };
    });
    messages.push(...(await Promise.all(found)));
  }
  throw new Error(`The researcher never stopped searching for ${topic}`);
}

/** The two entries of the library that are nearest to the query. */
const searchLibrary = tool('search_library', async (query: string): Promise<string> => {
  const { data } = await openai.embeddings.create({
    model: 'text-embedding-3-small',
    input: [query, ...library],
    dimensions: 512,
  });
  const [asked, ...entries] = data.map(({ embedding }) => embedding);
  const nearness = (entry: number[]) => entry.reduce((sum, value, at) => sum + value * asked![at]!, 0);
  const ranked = entries.map((entry, at) => ({ text: library[at], nearness: nearness(entry) }));
  ranked.sort((left, right) => right.nearness - left.nearness);
  return ranked
    .slice(0, 2)
    .map(({ text }) => text)
    .join('\n');
});

const searchLibraryTool: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'search_library',
    description: 'Finds what the library says about something',
    parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  },
};

/** Streams a draft. The style guide is the same for every article, so Anthropic may keep it in its cache. */
async function write(topic: string, notes: string): Promise<string> {
  return retry(() =>
    anthropic.messages
      .stream({
        model: 'claude-sonnet-4-20250514',
        max_tokens: 2048,
        system: [{ type: 'text', text: styleGuide, cache_control: { type: 'ephemeral' } }],
        messages: [{ role: 'user', content: `Write an article: ${topic}\n\nNotes:\n${notes}` }],
      })
      .finalText(),
  );
}

/** Polishes the text, finds a headline and checks the facts, all at once. */
async function edit(draft: string, notes: string): Promise<Article> {
  const [text, title, doubts] = await Promise.all([polish(draft), nameIt(draft), checkFacts(draft, notes)]);
  return { ...title, text, doubts };
}

async function polish(draft: string): Promise<string> {
  const stream = await openai.responses.create({
    model: 'gpt-4.1',
    instructions: 'Tighten the prose. Change no facts.',
    input: draft,
    stream: true,
  });
  let text = '';
  for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
  return text;
}

async function nameIt(draft: string): Promise<{ headline: string; tags: string[] }> {
  const { choices } = await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: `Find a headline and three tags:\n\n${draft}` }],
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'title',
        strict: true,
        schema: {
          type: 'object',
          properties: { headline: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
          required: ['headline', 'tags'],
          additionalProperties: false,
        },
      },
    },
  });
  return JSON.parse(choices[0]!.message.content!) as { headline: string; tags: string[] };
}

async function checkFacts(draft: string, notes: string): Promise<string> {
  const { output_text } = await openai.responses.create({
    model: 'o4-mini',
    reasoning: { effort: 'medium' },
    input: `What in the article is not in the notes?\n\nNotes:\n${notes}\n\nArticle:\n${draft}`,
  });
  return output_text;
}
