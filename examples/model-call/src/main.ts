/**
 * Calls of models: whole and streamed, with a tool in between, of two providers. `watch` is all that it takes; the tokens and dollars
 * printed here are those that the spans carry. The providers are fakes on this machine, so that it needs no key and costs nothing.
 */
import Anthropic from '@anthropic-ai/sdk';
import { startFakeProvider } from '@tallyspan/fake-provider';
import { agent, currentTrace, flush, trace, watch } from '@tallyspan/sdk';
import OpenAI from 'openai';

const fake = await startFakeProvider();
fake.enqueue(
  { text: 'Tea needs patience.', usage: { input: 2_000, cacheRead: 1_024, output: 300 } },
  { text: 'Coffee needs a queue.' },
  { error: 'bad_request' },
);

const openai = watch(new OpenAI({ apiKey: 'fake', baseURL: fake.openaiBaseUrl }));
const anthropic = watch(new Anthropic({ apiKey: 'fake', baseURL: fake.anthropicBaseUrl }));

const taster = agent({ name: 'taster', tenant: 'acme-corp' }, async () => {
  const { choices } = await openai.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'What does tea need?' }],
  });
  console.log(choices[0]!.message.content);

  const stream = await anthropic.messages.create({
    model: 'claude-sonnet-4-20250514',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'And coffee?' }],
    stream: true,
  });
  let said = '';
  for await (const event of stream)
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') said += event.delta.text;
  console.log(said);

  await openai.chat.completions
    .create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'And water?' }] })
    .catch((error: InstanceType<typeof OpenAI.APIError>) => console.log(`refused with ${error.status}`));
});

const tasting = trace('Tasting', async () => {
  await taster();
  return currentTrace();
});

const { steps, cost } = (await tasting())!;
for (const { name, tokens, cost: dollars, error } of steps.filter(({ type }) => type === 'model'))
  console.log(`${name}: ${tokens ? `${tokens.prompt} in + ${tokens.completion} out → $${dollars}` : error?.type}`);
console.log(`together $${cost}`);
await flush();
await fake.close();
