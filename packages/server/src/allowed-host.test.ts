import { expect, it } from 'vitest';
import { isAllowedHost, isLoopback } from './allowed-host.ts';

it.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LOCALHOST', '::1'])('%s is this machine alone', (host) => {
  expect(isLoopback(host)).toBe(true);
});

it.each(['0.0.0.0', '::', '192.168.1.5', 'example.com', '', '127.0.0.1.nip.io', 'localhost.example.com'])(
  '%s is not',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

it.each(['127.0.0.1', '127.0.0.1:4318', 'localhost:4318', 'LocalHost', '[::1]:4318', '[::1]', 'tally.internal:4318'])(
  'a request to %s is for us',
  (host) => {
    expect(isAllowedHost(host, 'tally.internal')).toBe(true);
  },
);

it.each([
  undefined,
  '',
  'evil.example',
  'evil.example:4318',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '127.0.0.1:4318@evil.example',
  '127.0.0.1 evil',
  '[::1',
  'a:b:c',
  '192.168.1.5',
])('a request to %s is not', (host) => {
  expect(isAllowedHost(host, '127.0.0.1')).toBe(false);
});
