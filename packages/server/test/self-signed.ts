/** A certificate for `localhost` that vouches for itself, as PEM. */
import {
  alternativeNames,
  basicConstraints,
  commonName,
  dnsName,
  ecKey,
  extendedKeyUsage,
  keyUsage,
  mint,
  publicOf,
  usage,
  uses,
} from '../../sdk/test/mint.ts';

export function selfSigned(): { key: string; cert: string } {
  const key = ecKey();
  const certificate = mint({
    subject: commonName('localhost'),
    issuer: commonName('localhost'),
    publicKey: publicOf(key),
    signWith: key,
    extensions: [
      basicConstraints(true),
      keyUsage(usage.digitalSignature | usage.keyCertSign),
      extendedKeyUsage(uses.server),
      alternativeNames(dnsName('localhost')),
    ],
    notBefore: Date.now() - 3_600_000,
    notAfter: Date.now() + 3_600_000,
  });
  const cert = `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`;
  return { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
}
