import { type Identity, parseSpiffeId } from '@tallyspan/facts';
import type { InitOptions } from './options.ts';
import type { Environment } from './state.ts';

/**
 * The workload identity: the explicit one of the agent, else that of the SVID in hand (`init({ identity })`), else `SPIFFE_ID` of the
 * environment, else the template `spiffe://<trust domain>/agent/<tenant>/<agent>/<role>` when `init({ spiffe })` asks for it (role
 * `main` at the top). Undefined when there is none, or when a name would not make a valid id. Never waits: a span that begins before the
 * first SVID arrives has what the next of these gives.
 */
export function spiffeIdOf(identity: Identity, options: InitOptions, environment: Environment): string | undefined {
  // An SVID is that of the whole process, so that calls outside of any agent have it too.
  const proven = identity.spiffeId ?? options.identity?.spiffeId;
  if (proven !== undefined || identity.agent === undefined) return proven;
  if (environment.spiffeId !== undefined) return environment.spiffeId;
  if (!options.spiffe) return undefined;
  const path = [identity.tenant ?? 'default', identity.agent, identity.role ?? 'main'];
  // A name with a slash in it would be two segments.
  if (path.some((segment) => segment.includes('/'))) return undefined;
  return parseSpiffeId(`spiffe://${options.spiffe.trustDomain}/agent/${path.join('/')}`)?.id;
}
