import { expect, it } from 'vitest';
import { readEndpoint } from './endpoint.ts';

it.each([
  ['unix:///run/spire/agent.sock', { path: '/run/spire/agent.sock' }],
  ['unix:/run/spire/agent.sock', { path: '/run/spire/agent.sock' }],
  ['UNIX:///run/a%20b.sock', { path: '/run/a b.sock' }],
  ['tcp://127.0.0.1:8000', { host: '127.0.0.1', port: 8000 }],
  ['tcp://[::1]:65535', { host: '::1', port: 65_535 }],
])('%s is an address of a Workload Endpoint', (address, endpoint) => {
  expect(readEndpoint(address)).toEqual(endpoint);
});

it.each([
  ['nothing', ''],
  ['a path without scheme', '/run/spire/agent.sock'],
  ['a relative path', 'unix:agent.sock'],
  ['a host with the path', 'unix://host/run/agent.sock'],
  ['no path', 'unix://'],
  ['only a slash', 'unix:///'],
  ['a query', 'unix:///run/agent.sock?x'],
  ['a fragment', 'unix:///run/agent.sock#x'],
  ['a broken escape', 'unix:///run/%zz'],
  ['a name for the host', 'tcp://localhost:8000'],
  ['no port', 'tcp://127.0.0.1'],
  ['port 0', 'tcp://127.0.0.1:0'],
  ['a port that is none', 'tcp://127.0.0.1:65536'],
  ['a path', 'tcp://127.0.0.1:8000/foo'],
  ['userinfo', 'tcp://me@127.0.0.1:8000'],
  ['IPv6 without brackets', 'tcp://::1:8000'],
  ['IPv4 in brackets', 'tcp://[127.0.0.1]:8000'],
  ['another scheme', 'http://127.0.0.1:8000'],
])('%s is refused with what would be right', (_, address) => {
  expect(() => readEndpoint(address)).toThrow(/^SPIFFE_ENDPOINT_SOCKET is .*unix:\/\/\/run\/spire/);
});
