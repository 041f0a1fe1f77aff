/** `@tallyspan/sdk/credentials`: one credential for another, only when the cache has none. */
export type { TokenProvider } from './exchange.ts';
export {
  type AccessToken,
  type ClientAuthentication,
  clientCredentials,
  exchangeToken,
  type ExchangeTokenOptions,
  type TokenEndpointOptions,
  type TokenSource,
} from './oauth.ts';
