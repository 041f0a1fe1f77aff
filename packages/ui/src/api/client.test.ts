import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getJson, ProblemError, withParameters } from './client.ts';

const answers: Record<string, [status: number, body: string]> = {
  '/good?q=a+b%26c': [200, '{"traces":[]}'],
  '/problem': [
    404,
    '{"error":{"code":"NOT_FOUND","what":"There is no trace x.","why":"Retention.","fix":"Look in the list."}}',
  ],
  '/proxy': [502, '<html>Bad gateway</html>'],
  '/odd': [500, '{"error":{"what":7}}'],
  '/not-json': [200, '<html>'],
};
const server = createServer((request, response) => {
  const [status, body] = answers[request.url!] ?? [500, ''];
  response.writeHead(status).end(body);
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const failure = async (path: string) => {
  const error = await getJson(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProblemError);
  return error as ProblemError;
};

it('parameters are encoded and empty ones are left out', async () => {
  expect(withParameters('/x', { q: '', cursor: undefined })).toBe('/x');
  expect(await getJson(`${origin}/good`, { q: 'a b&c', agent: '', cursor: undefined })).toEqual({ traces: [] });
});

it('a problem of the server keeps its what, why and fix', async () => {
  expect(await failure(`${origin}/problem`)).toMatchObject({
    status: 404,
    code: 'NOT_FOUND',
    what: 'There is no trace x.',
    why: 'Retention.',
    fix: 'Look in the list.',
  });
});

it('an answer that is no problem of ours still says something', async () => {
  expect(await failure(`${origin}/proxy`)).toMatchObject({
    status: 502,
    code: 'HTTP_502',
    what: 'The server answered 502.',
  });
  expect(await failure(`${origin}/odd`)).toMatchObject({ status: 500, what: 'The server answered 500.' });
  expect(await failure(`${origin}/not-json`)).toMatchObject({ code: 'ANSWER_UNREADABLE' });
});

it('no server is a problem with a way out', async () => {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  expect(await failure(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 0, code: 'UNREACHABLE' });
});
