/** The face of the fake provider. */
export { countTokens, defaultText, defaultThinking } from './answer/defaults.ts';
export { type FakeProvider, type FakeProviderOptions, startFakeProvider } from './fake-provider.ts';
export type { RecordedRequest } from './recorded-request.ts';
export type { ErrorName, Finish, Reply, Script, Tokens, ToolCall } from './reply.ts';
