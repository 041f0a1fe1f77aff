/** `@tallyspan/sdk/identity`: who this process is, by the SPIFFE Workload API. */
export type { WorkloadIdentity, WorkloadIdentityOptions } from './identity.ts';
export type { JwtSvid } from './jwt-source.ts';
export type { TlsOptions } from './tls.ts';
export type { PeerRefusal, PeerRule, PeerVerdict } from './verify-x509-svid.ts';
export { workloadIdentity } from './workload-identity.ts';
export type { X509Svid } from './x509-source.ts';
