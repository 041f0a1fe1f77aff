/** The server in a process of its own, for bench/ingest.ts. `node bench/ingest-server.ts [path of another server.ts]` */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { startServer as start } from '@tallyspan/server';

const file = process.argv[2];
const { startServer } = (await import(file ? pathToFileURL(file).href : '@tallyspan/server')) as {
  startServer: typeof start;
};
const dataDir = await mkdtemp(join(tmpdir(), 'tallyspan-bench-'));
const server = await startServer({ port: 0, host: '127.0.0.1', dataDir });
console.log(server.url);
// What it has used so far, whenever somebody asks.
process.on('message', () => {
  const all = process.cpuUsage();
  const main = process.threadCpuUsage();
  process.send!({
    cpuMicros: all.user + all.system,
    mainMicros: main.user + main.system,
    rssBytes: process.memoryUsage.rss(),
  });
});
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => rm(dataDir, { recursive: true, force: true }))
    .then(() => process.exit());
});
