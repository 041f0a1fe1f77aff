/** The key of a provider lies in a vault. The agent's identity opens it, and the key is in no span, no log and no file. */
import { agent, flush, watch } from '@tallyspan/sdk';
import { fromVault, jwt, vault } from '@tallyspan/sdk/vault';
import { readFile } from 'node:fs/promises';
import OpenAI from 'openai';

const tokenFile = process.env.VAULT_JWT_FILE;
// With a JWT, such as a JWT-SVID, the agent logs in by itself; else VAULT_TOKEN is used.
const secrets = vault(
  tokenFile ? { auth: jwt({ role: 'analyst', token: async () => (await readFile(tokenFile, 'utf8')).trim() }) } : {},
);
const openai = watch(new OpenAI({ apiKey: fromVault(secrets, 'llm/openai', { field: 'api_key' }) }));

const analyst = agent({ name: 'analyst', tenant: 'acme-corp' }, async () => {
  // So that the example runs on an empty vault. Yours has the key already.
  if (!(await secrets.exists('llm/openai'))) await secrets.put('llm/openai', { api_key: 'sk-example' }, { cas: 0 });
  for (const question of ['What is a tally?', 'What is a span?']) {
    const { choices } = await openai.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: question }],
    });
    console.log(`${question} ${choices[0]!.message.content}`);
  }
  console.log(`Keys: ${(await secrets.list('llm')).join(', ')}`);
});

await analyst();
await flush();
