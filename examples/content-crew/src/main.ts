/** Runs the sample crew once against a fake provider, sends what it did to Tallyspan, and prints what it would have cost. */
import { randomUUID } from 'node:crypto';
import { type FakeProvider, startFakeProvider } from '@tallyspan/fake-provider';
import { flush, init } from '@tallyspan/sdk';
import { renderCostTree } from 'tallyspan';
import { fetchCosts } from './costs.ts';
import { articles, tickets } from './planned.ts';
import { createScript } from './provider-script.ts';

const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT || 'http://127.0.0.1:4318';

// The clocks of this machine and of its spans may differ by a moment.
const from = new Date(Date.now() - 1_000);
const fake = await startScriptedProvider();
try {
  // Content is off unless somebody asks for it. Nothing the crew says is private, so the page may show it.
  init({ endpoint, serviceName: 'content-crew', captureContent: true });
  await work(fake);
  await flush();
} finally {
  await fake.close();
}
const costs = await fetchCosts(endpoint, { from, calls: fake.requests.length });
console.log(costs === undefined ? howToSeeIt() : `\n${renderCostTree(costs)}\n`);

async function startScriptedProvider(): Promise<FakeProvider> {
  const script = createScript();
  return startFakeProvider({
    // Other ids each time, as a real provider's.
    seed: randomUUID(),
    script: async (request) => {
      const reply = await script(request);
      const what = request.path.replace('/v1/', '');
      console.log(
        `  ${(request.model ?? '').padEnd(26)} ${what}${reply?.error === undefined ? '' : ', turned away: too many requests'}`,
      );
      return reply;
    },
  });
}

async function work({ openaiBaseUrl, anthropicBaseUrl }: FakeProvider): Promise<void> {
  // The clients read these, as they would read real keys. A real key of yours must not be used here.
  delete process.env.ANTHROPIC_AUTH_TOKEN;
  Object.assign(process.env, {
    OPENAI_API_KEY: 'fake',
    OPENAI_BASE_URL: openaiBaseUrl,
    ANTHROPIC_API_KEY: 'fake',
    ANTHROPIC_BASE_URL: anthropicBaseUrl,
  });
  const { contentCrew } = await import('./crew.ts');
  const { supportTriage } = await import('./triage.ts');

  console.log('The sample crew is at work. Its models are made up: it needs no keys and costs nothing.');
  const [sorted, ...written] = await Promise.all([
    supportTriage(tickets.map(({ text }) => text)),
    ...articles.map(({ topic }) => contentCrew(topic)),
  ]);
  for (const { headline } of written) console.log(`Written: ${headline}`);
  console.log(`Sorted: ${sorted.length} tickets, ${sorted.filter(({ urgent }) => urgent).length} of them urgent`);
}

function howToSeeIt(): string {
  return [
    '',
    `No Tallyspan answers at ${endpoint}, so nobody kept what the crew did.`,
    'To see its costs and traces run "npm start" at the root of the repository, which runs this crew once,',
    'or set OTEL_EXPORTER_OTLP_ENDPOINT to where yours listens and run this again.',
    '',
  ].join('\n');
}
