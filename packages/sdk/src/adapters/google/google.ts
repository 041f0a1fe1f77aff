import type { Adapter, PatchPoint } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { embed } from './embed.ts';
import { continued, continuedStream, request, streamRequest } from './generate.ts';
import { images } from './images.ts';

/**
 * Methods of `Models`, all on its prototype. The public ones (`generateContent`) are arrow functions that the constructor assigns and
 * that call these; chats call the public ones.
 */
const calls: Adapter['calls'] = {
  'models.generateContentWithContinuation': continued,
  'models.generateContentStreamWithContinuation': continuedStream,
  'models.generateContentInternal': request,
  'models.generateContentStreamInternal': streamRequest,
  'models.embedContentInternal': embed,
  'models.generateImagesInternal': images,
  'models.editImageInternal': images,
  'models.upscaleImageInternal': images,
};

/** The `@google/genai` package: the Gemini API and Vertex AI. */
export const google: Adapter = {
  provider: (client) => (apiOptions(client).vertexai === true ? 'gcp.vertex_ai' : 'gcp.gemini'),
  baseUrl: (client) => text(fields(apiOptions(client).httpOptions).baseUrl),
  package: '@google/genai',
  versions: '>=2',
  clients: ['GoogleGenAI'],
  detect(client) {
    const { models, chats } = fields(client);
    const { generateContent, generateContentInternal, embedContentInternal } = fields(models);
    return (
      typeof fields(chats).create === 'function' &&
      [generateContent, generateContentInternal, embedContentInternal].every((method) => typeof method === 'function')
    );
  },
  calls,
  helpers: [],
  derives: [],
  double(client) {
    const { models, chats } = fields(client);
    const fresh: object = remade(models, fields(models).apiClient);
    return { models: fresh, chats: remade(chats, fresh, fields(chats).apiClient) };
  },
  *points(module): Iterable<PatchPoint> {
    const prototype = fields(prototypeOf(module.Models) ?? sampleOf(module.GoogleGenAI));
    for (const [path, call] of Object.entries(calls)) {
      const method = path.slice('models.'.length);
      // `Models` holds the API client, which is all that is asked of a client.
      if (typeof prototype[method] === 'function')
        yield { holder: prototype, method, call, clientOf: (self) => self as object };
    }
  },
};

/** What the client was made with. Both `GoogleGenAI` and its `models` hold the API client. */
function apiOptions(client: object): Readonly<Record<string, unknown>> {
  return fields(fields(fields(client).apiClient).clientOptions);
}

function remade(part: unknown, ...args: unknown[]): object {
  return Reflect.construct((part as object).constructor as new () => object, args) as object;
}

function prototypeOf(found: unknown): unknown {
  return typeof found === 'function' ? (found.prototype as unknown) : undefined;
}

/** Where only the client's class is at hand: a client made of nothing shows the prototype of its `models`. */
function sampleOf(Client: unknown): unknown {
  if (typeof Client !== 'function') return undefined;
  const client: unknown = Reflect.construct(Client, [{ apiKey: 'unused', vertexai: false }]);
  return Object.getPrototypeOf(fields(client).models);
}
