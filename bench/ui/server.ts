/** The server with the built page, in a process of its own, for bench/ui.ts. `node bench/ui/server.ts <folder of the page>` */
import { startServer } from '@tallyspan/server';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dataDir = await mkdtemp(join(tmpdir(), 'tallyspan-bench-ui-'));
const server = await startServer({ port: 0, host: '127.0.0.1', dataDir, uiDir: process.argv[2]! });
console.log(server.url);
process.once('SIGTERM', () => {
  void server.close().then(() => rm(dataDir, { recursive: true, force: true }));
});
