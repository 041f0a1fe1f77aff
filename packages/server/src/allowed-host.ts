import { isIP } from 'node:net';

/** Names and addresses that always mean this machine. */
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** Whether a server bound to `host` is out of the network's reach. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(isIP(host) === 6 ? `[${host}]` : host.toLowerCase());
}

/**
 * Whether a Host header names this machine. A page elsewhere can point its own name at 127.0.0.1 and have a browser read our
 * answers to it (DNS rebinding); its requests still carry that name.
 */
export function isAllowedHost(header: string | undefined, boundHost: string): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/.exec((header ?? '').toLowerCase())?.[1];
  if (name === undefined) return false;
  return LOOPBACK.test(name) || name === (isIP(boundHost) === 6 ? `[${boundHost}]` : boundHost.toLowerCase());
}
