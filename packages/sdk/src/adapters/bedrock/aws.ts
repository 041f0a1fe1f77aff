import type { Answered } from '@tallyspan/facts';
import { count, fields, text } from '../../read.ts';

/** What all clients of the AWS SDK share: commands that are sent, an address that is known late, and the facts of each answer. */

/**
 * What a command does: `Converse`. By its constructor's name, as several copies of the library may be installed; where a bundler has
 * shortened that, by the schema it carries (namespace and name are its second and third entries).
 */
export function commandName(command: unknown, namespace: string): string | undefined {
  const { constructor: made, schema } = fields(command);
  if (Array.isArray(schema) && schema[1] === namespace) return text(schema[2]);
  const name = typeof made === 'function' ? made.name : '';
  return name.endsWith('Command') ? name.slice(0, -'Command'.length) : undefined;
}

/** What the caller asked for; the library sends it as it is. */
export function inputOf([command]: readonly unknown[]): Readonly<Record<string, unknown>> {
  return fields(fields(command).input);
}

/** Source: `ResponseMetadata` of `@smithy/types`; errors carry it too. */
export function metadataFacts(holder: unknown): Answered {
  const { requestId, attempts } = fields(fields(holder).$metadata);
  const tried = count(attempts) ?? 0;
  return { requestId: text(requestId), retryCount: tried > 1 ? tried - 1 : undefined };
}

type Ask = () => Promise<unknown>;

/** By client: where it sends to, once it knows. Asked once; the library itself remembers what it found. */
const addresses = new WeakMap<object, { url?: string }>();

/** Region and endpoint are promises, so a client's first call learns the address only while it is on its way. */
export function addressOf(client: object): string | undefined {
  const known = addresses.get(client);
  if (known) return known.url;
  const found: { url?: string } = {};
  addresses.set(client, found);
  resolve(fields(fields(client).config)).then(
    (url) => {
      if (url !== undefined) found.url = url;
    },
    () => {
      // No region, no address: the call itself will fail for that.
    },
  );
  return undefined;
}

async function resolve(config: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  const { endpoint, region, endpointProvider, useFipsEndpoint, useDualstackEndpoint } = config;
  if (typeof endpoint === 'function') return urlOf(await (endpoint as Ask)());
  if (typeof region !== 'function' || typeof endpointProvider !== 'function') return undefined;
  const Region = await (region as Ask)();
  const UseFIPS = typeof useFipsEndpoint === 'function' ? await (useFipsEndpoint as Ask)() : false;
  const UseDualStack = typeof useDualstackEndpoint === 'function' ? await (useDualstackEndpoint as Ask)() : false;
  return urlOf((endpointProvider as (rules: object) => unknown)({ Region, UseFIPS, UseDualStack }));
}

/** An `Endpoint` of older shape has parts, one of the rules has a `url`. */
function urlOf(endpoint: unknown): string | undefined {
  const { url, protocol, hostname, port } = fields(endpoint);
  if (url instanceof URL) return url.href;
  const host = text(hostname);
  return host === undefined
    ? undefined
    : `${text(protocol) ?? 'https:'}//${host}${count(port) ? `:${count(port)}` : ''}`;
}
