import Groq from 'groq-sdk';
import OpenAI, { AzureOpenAI } from 'openai';
import OpenAI6 from 'openai-6';
import { createRequire } from 'node:module';
import Together from 'together-ai';
import { describe, expect, it } from 'vitest';
import { adapterOf } from '../registry.ts';

const require = createRequire(import.meta.url);
type Exports = Record<string, new (options: object) => object>;
const cjs = {
  openai: require('openai') as Exports,
  openai6: require('openai-6') as Exports,
  groq: require('groq-sdk') as Exports,
  together: require('together-ai') as Exports,
};
const key = { apiKey: 'k' };
const azure = { ...key, apiVersion: '2025-04-01-preview', endpoint: 'https://acme.openai.azure.com' };

class Minified extends Groq {}
Object.defineProperty(Minified, 'name', { value: 'a' });

describe('LLM-05 whose client it is', () => {
  const clients: [string, object, string, string][] = [
    ['openai 7, ESM', new OpenAI(key), 'openai', 'openai'],
    ['openai 7, CommonJS', new cjs.openai.OpenAI!(key), 'openai', 'openai'],
    ['openai 6, ESM', new OpenAI6(key), 'openai', 'openai'],
    ['openai 6, CommonJS', new cjs.openai6.OpenAI!(key), 'openai', 'openai'],
    ['Azure, ESM', new AzureOpenAI(azure), 'openai', 'azure.ai.openai'],
    ['Azure, CommonJS', new cjs.openai.AzureOpenAI!(azure), 'openai', 'azure.ai.openai'],
    ['groq-sdk, ESM', new Groq(key), 'groq-sdk', 'groq'],
    ['groq-sdk, CommonJS', new cjs.groq.Groq!(key), 'groq-sdk', 'groq'],
    ['groq-sdk behind a proxy', new Groq({ ...key, baseURL: 'https://llm.acme.corp' }), 'groq-sdk', 'groq'],
    ['groq-sdk, minified', new Minified(key), 'groq-sdk', 'groq'],
    ['together-ai, ESM', new Together(key), 'together-ai', 'together'],
    ['together-ai, CommonJS', new cjs.together.Together!(key), 'together-ai', 'together'],
    ['a subclass', new (class Ours extends OpenAI {})(key), 'openai', 'openai'],
    ['OpenAI’s client at Groq', new OpenAI({ ...key, baseURL: 'https://api.groq.com/openai/v1' }), 'openai', 'groq'],
    [
      'OpenAI’s client at Together',
      new OpenAI({ ...key, baseURL: 'https://api.together.xyz/v1' }),
      'openai',
      'together',
    ],
  ];
  it.each(clients)('%s', (_, client, library, provider) => {
    const adapter = adapterOf(client);
    expect(adapter?.package).toBe(library);
    expect(adapter?.provider(client)).toBe(provider);
  });

  it('copies of one library are classes of their own, and both are known', () => {
    expect(cjs.openai.OpenAI).not.toBe(OpenAI);
    expect(cjs.groq.Groq).not.toBe(Groq);
  });
});
