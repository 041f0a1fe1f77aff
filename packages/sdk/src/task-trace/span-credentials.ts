import { serverUrl, target } from '../environment.ts';
import type { InitOptions } from '../options.ts';
import type { Target } from '../otlp/post.ts';
import { state } from '../state.ts';

interface Credentials {
  /** Where the client was told to send. */
  endpoint: string | undefined;
  secret: string;
}

let credentials: Credentials | undefined;

/** Lets spans say who sends them, as the first client of the process does. Those that are under way stay as they are. */
export function sendSpansAs(given: Credentials): void {
  if (credentials) return;
  credentials = given;
  const before = state.recorder;
  // One that goes through the application's own provider has nothing to send; both are made anew with the next span.
  state.recorder = undefined;
  void before?.flush();
}

/**
 * The options of our own pipeline with the client's key, where spans go to the client's server and no other key was given. A secret
 * never goes to another host than the one it was meant for.
 */
export function withCredentials(options: InitOptions, env: Record<string, string | undefined>): InitOptions {
  if (!credentials) return options;
  const told = options.endpoint ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const endpoint = told === undefined ? credentials.endpoint : options.endpoint;
  const chosen: InitOptions = endpoint === undefined ? options : { ...options, endpoint };
  const spans = target('traces', chosen, env);
  const own = credentials.endpoint === undefined ? spans : target('traces', { endpoint: credentials.endpoint }, {});
  if (!spans || !own || serverOf(spans) !== serverOf(own)) return chosen;
  // Headers of its own say who sends them.
  if (Object.keys(spans.headers).length > 0) return chosen;
  return { ...chosen, headers: { 'x-api-key': credentials.secret } };
}

const serverOf = (target: Target): string => (serverUrl(target, '/') ?? target.url).origin;
