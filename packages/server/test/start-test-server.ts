import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, type ServerOptions, startServer } from '../src/server.ts';

export interface TestServer extends RunningServer {
  dataDir: string;
  /** What the operator was told. */
  lines: string[];
  /** Stops it and removes its data. */
  end(): Promise<void>;
  /** JSON from the query API. Throws on anything but 200. */
  get<Answer>(path: string): Promise<Answer>;
}

/** The real server on a free port with a data folder of its own. */
export async function startTestServer(
  options: Partial<Pick<ServerOptions, 'uiDir' | 'dataDir' | 'grpcPort' | 'host' | 'auth' | 'alerts'>> = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const lines: string[] = [];
  const server = await startServer({
    port: 0,
    host: '127.0.0.1',
    report: (line) => lines.push(line),
    ...options,
    dataDir,
  });
  return {
    ...server,
    dataDir,
    lines,
    async end() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
    async get<Answer>(path: string): Promise<Answer> {
      const response = await fetch(server.url + path);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as Answer;
    },
  };
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tallyspan-'));
}

/** Asks until there is an answer, as the store is a moment behind the acknowledgement. */
export async function eventually<Answer>(
  ask: () => Promise<Answer | undefined> | Answer | undefined,
  what = 'it',
): Promise<Answer> {
  const until = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error(`${what} did not happen within 15 seconds`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
