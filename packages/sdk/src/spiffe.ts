import type { Identity } from '@tallyspan/facts';
import type { InitOptions } from './options.ts';
import type { Environment } from './state.ts';

/** A path segment of a SPIFFE id: letters, digits, dots, dashes, underscores (SPIFFE-ID specification, section 2.2). */
const SEGMENT = /^[A-Za-z0-9._-]{1,255}$/;

/**
 * The workload identity: the explicit one, else `SPIFFE_ID` of the environment, else the template
 * `spiffe://<trust domain>/agent/<tenant>/<agent>/<role>` when `init({ spiffe })` asks for it (role `main` at the top).
 * Undefined when there is none, or when a name would not make a valid id.
 */
export function spiffeIdOf(identity: Identity, options: InitOptions, environment: Environment): string | undefined {
  if (identity.spiffeId !== undefined) return identity.spiffeId;
  if (identity.agent === undefined) return undefined;
  if (environment.spiffeId !== undefined) return environment.spiffeId;
  if (!options.spiffe) return undefined;
  const path = [identity.tenant ?? 'default', identity.agent, identity.role ?? 'main'];
  return path.every((segment) => SEGMENT.test(segment))
    ? `spiffe://${options.spiffe.trustDomain}/agent/${path.join('/')}`
    : undefined;
}
