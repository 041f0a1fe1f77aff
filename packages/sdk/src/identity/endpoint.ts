import { isIP } from 'node:net';
import { TallyError } from '@tallyspan/facts';

/** Where the Workload API is served: what `net.connect` takes. */
export type Endpoint = { path: string } | { host: string; port: number };

/**
 * Reads an address of the Workload Endpoint: `unix:///run/spire/agent.sock` (also `unix:/run/…`) or `tcp://127.0.0.1:8000`, with
 * nothing else in it and an IP address as host. Throws BAD_OPTION.
 * https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Workload_Endpoint.md#4-locating-the-endpoint
 */
export function readEndpoint(address: string, option = 'SPIFFE_ENDPOINT_SOCKET'): Endpoint {
  return readUnix(address) ?? readTcp(address) ?? refuse(address, option);
}

/** An absolute path, with an empty authority or none. */
function readUnix(address: string): Endpoint | undefined {
  const [, path] = /^unix:(?:\/\/)?(\/[^/?#][^?#]*)$/i.exec(address) ?? [];
  if (path === undefined) return undefined;
  try {
    return { path: decodeURIComponent(path) };
  } catch {
    return undefined;
  }
}

function readTcp(address: string): Endpoint | undefined {
  const [, bracketed, plain, port] = /^tcp:\/\/(?:\[([^\]]+)\]|([^/?#@:[\]]+)):(\d{1,5})$/i.exec(address) ?? [];
  const host = bracketed ?? plain ?? '';
  if (isIP(host) !== (bracketed === undefined ? 4 : 6)) return undefined;
  return Number(port) > 0 && Number(port) < 65_536 ? { host, port: Number(port) } : undefined;
}

function refuse(address: string, option: string): never {
  throw new TallyError('BAD_OPTION', {
    option,
    value: JSON.stringify(address.slice(0, 200)),
    why: 'The Workload API is reached over a Unix socket with an absolute path, or over TCP with an IP address and a port.',
    fix: 'Give it as unix:///run/spire/sockets/agent.sock or tcp://127.0.0.1:8000.',
  });
}
