import type { Adapter, PatchPoint } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { embed } from './embed.ts';
import { generateContent, generateContentStream, sendMessageStream } from './generate.ts';

/** Of a `GenerativeModel` and of the `ChatSession` it starts; each of them is a client here, as each has methods that call the model. */
const calls = {
  generateContent,
  generateContentStream,
  embedContent: embed,
  batchEmbedContents: embed,
  // The turns before are the session's.
  sendMessage: generateContent,
  sendMessageStream,
};

/** The `@google/generative-ai` package, which Google retired in favour of `@google/genai` and many programs still use. */
export const googleLegacy: Adapter = {
  provider: () => 'gcp.gemini',
  baseUrl: (client) =>
    text(fields(fields(client)._requestOptions).baseUrl) ?? 'https://generativelanguage.googleapis.com',
  package: '@google/generative-ai',
  versions: '>=0.21',
  clients: ['GoogleGenerativeAI', 'GenerativeModel'],
  detect(client) {
    const { apiKey, model, getGenerativeModel, startChat, sendMessage: send, _history } = fields(client);
    if (typeof send === 'function') return Array.isArray(_history) && typeof model === 'string';
    if (typeof startChat === 'function') return typeof apiKey === 'string' && typeof model === 'string';
    return typeof getGenerativeModel === 'function' && typeof apiKey === 'string';
  },
  calls,
  helpers: [],
  derives: ['getGenerativeModel', 'getGenerativeModelFromCachedContent', 'startChat'],
  *points(module): Iterable<PatchPoint> {
    for (const holder of prototypes(module))
      for (const [method, call] of Object.entries(calls))
        if (Object.hasOwn(holder, method)) yield { holder, method, call, clientOf: (self) => self as object };
  },
};

/** A model and a chat made of nothing show the prototypes that all of them share. */
function* prototypes(module: Readonly<Record<string, unknown>>): Iterable<object> {
  const model = sampleModel(module);
  if (!model) return;
  yield Object.getPrototypeOf(model) as object;
  yield Object.getPrototypeOf((model as { startChat(): object }).startChat()) as object;
}

function sampleModel({ GoogleGenerativeAI, GenerativeModel }: Readonly<Record<string, unknown>>): object | undefined {
  const settings = { model: 'unused' };
  if (typeof GenerativeModel === 'function') return Reflect.construct(GenerativeModel, ['unused', settings]) as object;
  if (typeof GoogleGenerativeAI !== 'function') return undefined;
  const client = Reflect.construct(GoogleGenerativeAI, ['unused']) as { getGenerativeModel(model: object): object };
  return client.getGenerativeModel(settings);
}
