/** `@tallyspan/sdk/vault`: secrets from HashiCorp Vault or OpenBao, without their values in any span. */
export { fromVault, type FromVaultOptions } from './from-vault.ts';
export { jwt, type JwtLogin } from './login.ts';
export { observeSecrets, type ObserveSecretsOptions } from './observe-secrets.ts';
export {
  type PutOptions,
  type ReadOptions,
  vault,
  type VaultClient,
  type VaultOptions,
  type VaultSecret,
} from './vault.ts';
