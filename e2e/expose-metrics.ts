/** Loaded before an agent (`--import`): exposes what the SDK counts in its process, and tells its parent where. */
import { metricsHandler } from '@tallyspan/sdk';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer(metricsHandler());
server.listen(0, '127.0.0.1', () => process.send?.({ metricsPort: (server.address() as AddressInfo).port }));
process.once('disconnect', () => server.close());
