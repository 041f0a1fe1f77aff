/** What the local servers of the tests have in common: a port of their own, what they were asked, and what they answer for once. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  /** Path and query. */
  url: URL;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Reply {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

export interface LocalServer {
  url: string;
  /** Every request, in order of arrival. */
  asked: Asked[];
  /** What the next requests are answered, in turn; what the server knows itself when empty. `hang` never answers, `cut` closes the socket. */
  next: (Reply | 'hang' | 'cut')[];
  close(): Promise<void>;
}

export async function startLocal(answer: (asked: Asked) => Reply): Promise<LocalServer> {
  const local: LocalServer = { url: '', asked: [], next: [], close };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const asked: Asked = {
        method: request.method ?? '',
        url: new URL(request.url ?? '/', local.url),
        headers: request.headers,
        body: Buffer.concat(parts).toString('utf8'),
      };
      local.asked.push(asked);
      const reply = local.next.shift() ?? answer(asked);
      if (reply === 'hang') return;
      if (reply === 'cut') return void request.socket.destroy();
      send(response, reply);
    });
  });
  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  local.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return local;
}

function send(response: ServerResponse, { status, body = '', headers = {} }: Reply): void {
  response.writeHead(status, headers).end(body);
}

/** A JWT as an issuer would make it. Whoever takes it in a test reads its claims; nobody checks its signature. */
export function makeJwt(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const soon = Math.floor(Date.now() / 1000) + 300;
  return `${part({ alg: 'ES256', kid: 'test' })}.${part({ exp: soon, ...claims })}.${Buffer.from('signature'.repeat(8)).toString('base64url')}`;
}

export function claimsOf(token: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
