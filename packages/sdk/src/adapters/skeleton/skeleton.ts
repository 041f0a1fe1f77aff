import type { Adapter } from '../../adapter.ts';
import { fields, text } from '../../read.ts';
import { chat } from './chat.ts';

/** The `skeleton` package: `new Skeleton()`. */
export const skeleton: Adapter = {
  // `gen_ai.provider.name` of the conventions. Look at the client where its address decides.
  provider: () => 'skeleton',
  baseUrl: (client) => text(fields(client).baseURL),
  package: 'skeleton',
  versions: '>=1',
  // Exported classes, and what makes one of each without side effects: the class door looks at it to find the methods.
  clients: ['Skeleton'],
  sample: [{ apiKey: 'unused' }],
  // The shape of a client, not its class, as several copies may be installed. No other library's client may fit.
  detect(client) {
    const { create, countBones } = fields(fields(client).chat);
    return typeof create === 'function' && typeof countBones === 'function';
  },
  // Path to a method → how to read it. Only those that send the request: what calls them inside is seen there.
  calls: { 'chat.create': chat },
  // Methods that call those above on the client they belong to.
  helpers: ['chat.stream'],
  // Methods that answer another client.
  derives: [],
};
