/** Serves the built page and canned answers of the query API, so that the page can be tested without the server. */
import type { Costs, Trace, TraceList } from '@tallyspan/server';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

export interface FakeApi {
  origin: string;
  /** What the API answers; tests change it as they go. */
  answers: Answers;
  /** Query strings that were asked, by path, in order. */
  asked: { path: string; query: URLSearchParams }[];
  /** Tells all open pages that traces got spans. */
  push(...traceIds: string[]): void;
  /** Ends the open tails; with `refuse`, new ones are answered 503 until it is called again. */
  dropTails(refuse: boolean): void;
  close(): Promise<void>;
}

export interface Answers {
  traces(query: URLSearchParams): TraceList;
  trace(traceId: string): Trace | undefined;
  costs(query: URLSearchParams): Costs;
  /** By path, whatever else a page asks; a text is answered as it is. */
  more?: Readonly<Record<string, (query: URLSearchParams) => unknown>>;
  /** A problem that every answer is, instead of the above. */
  problem?: { code: string; what: string; why: string; fix: string; status?: number } | undefined;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Stricter than the server's own, so that the page stays able to live under either. */
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'"],
  ...["connect-src 'self'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"],
].join('; ');

export async function startFakeApi(dist: string, answers: Answers): Promise<FakeApi> {
  const tails = new Set<ServerResponse>();
  const asked: FakeApi['asked'] = [];
  let refusing = false;

  const answerApi = (path: string, query: URLSearchParams, response: ServerResponse) => {
    if (path === '/api/v1/tail' && !refusing) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 1000\n\n');
      tails.add(response);
      response.on('close', () => tails.delete(response));
      return;
    }
    asked.push({ path, query });
    let answer: unknown;
    let problem = answers.problem;
    try {
      answer = refusing || problem ? undefined : answerOf(path, query);
    } catch (refused) {
      problem = {
        code: 'BAD_QUERY',
        what: String(refused),
        why: 'Not understood.',
        fix: 'Ask otherwise.',
        status: 400,
      };
    }
    const error = problem ?? {
      code: 'NOT_FOUND',
      what: `There is no ${path}.`,
      why: 'Gone.',
      fix: 'Look elsewhere.',
    };
    const status = answer ? 200 : problem ? (problem.status ?? 500) : 404;
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer ?? { error });
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
  const answerOf = (path: string, query: URLSearchParams) => {
    const own = answers.more?.[path];
    if (own) return own(query);
    if (path === '/api/v1/traces') return answers.traces(query);
    if (path === '/api/v1/costs') return answers.costs(query);
    return answers.trace(path.slice('/api/v1/traces/'.length));
  };

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://page');
    if (pathname.startsWith('/api/') || answers.more?.[pathname]) return answerApi(pathname, searchParams, response);
    const file = extname(pathname) in TYPES ? pathname : '/index.html';
    response.writeHead(200, { 'content-type': TYPES[extname(file)]!, 'content-security-policy': POLICY });
    return response.end(readFileSync(join(dist, file)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    asked,
    push: (...traceIds) => {
      for (const tail of tails) tail.write(`event: spans\ndata: ${JSON.stringify({ traceIds })}\n\n`);
    },
    dropTails: (refuse) => {
      refusing = refuse;
      for (const tail of tails) tail.destroy();
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
