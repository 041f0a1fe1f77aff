/** Summarises one article with a fake provider, and prints what the task says of itself. Needs no keys and costs nothing. */
import { startFakeProvider } from '@tallyspan/fake-provider';
import { flush } from '@tallyspan/sdk';

const fake = await startFakeProvider();
// The client reads these, as it would read a real key. A real key of yours must not be used here.
Object.assign(process.env, { OPENAI_API_KEY: 'fake', OPENAI_BASE_URL: fake.openaiBaseUrl });
process.env.TALLYSPAN_AGENT_ID ||= 'summariser';
process.env.TALLYSPAN_AGENT_SECRET ||= 'not-asked-for-on-this-machine';

const { summarise } = await import('./summarise.ts');
const { trace } = await summarise('Tea is made of leaves, and of patience.');
await flush();
await fake.close();

console.log(`${trace.name}: ${trace.usage.totalTokens} tokens, $${trace.cost}`);
for (const { name, role, model, tokens, cost, latencyMs } of trace.steps) {
  const used = tokens === undefined ? '' : ` ${model}: ${tokens.prompt} in + ${tokens.completion} out → $${cost}`;
  console.log(`  ${name}${role === undefined ? '' : ` (${role})`}${used}, ${latencyMs.toFixed(1)} ms`);
}
console.log(`trace ${trace.traceId}`);
