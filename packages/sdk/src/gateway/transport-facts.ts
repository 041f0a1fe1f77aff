import type { Facts } from '@tallyspan/facts';
import { fields, text } from '../read.ts';

/**
 * What a transport tells of the way between both ends. Transports have no common way to say so; these are the fields by which both
 * majors' own can be told apart. One that is none of them (in memory, or the user's own) leaves only its session.
 */
export function transportFacts(transport: object): Partial<Facts> {
  const { sessionId, _url: url, handleRequest, _serverParams, _stdin, _endpoint } = fields(transport);
  const session = text(sessionId);
  const facts: Partial<Facts> = session === undefined ? {} : { mcpSessionId: session };
  if (url instanceof URL) {
    facts.networkTransport = 'tcp';
    facts.serverAddress = url.hostname.replace(/^\[|\]$/g, '');
    facts.serverPort = Number(url.port) || (/^(https|wss):$/.test(url.protocol) ? 443 : 80);
  } else if (typeof handleRequest === 'function' || typeof _endpoint === 'string') facts.networkTransport = 'tcp';
  else if (_serverParams !== undefined || _stdin !== undefined) facts.networkTransport = 'pipe';
  return facts;
}

/** What came with a request over HTTP: the first major hands over its headers, the second the request itself. */
export function requestFacts(extra: unknown): Partial<Facts> {
  const { requestInfo, request } = fields(extra);
  if (requestInfo === undefined && request === undefined) return {};
  const { headers } = fields(requestInfo ?? request);
  const version =
    headers instanceof Headers ? headers.get('mcp-protocol-version') : fields(headers)['mcp-protocol-version'];
  const known = text(version);
  return { networkTransport: 'tcp', ...(known !== undefined && { mcpProtocolVersion: known }) };
}
