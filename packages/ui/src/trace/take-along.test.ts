import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { makeSpan } from '../../test/make-span.ts';
import { linkToSpan, spanAsCurl, spanAsJson } from './take-along.ts';

it('the request for a span is one command that names the key and does not hold it, whatever the ids are', () => {
  const hostile = `x'; touch /tmp/pwned; '$(id)`;
  const command = spanAsCurl('http://127.0.0.1:4318', 'ab', hostile);
  // A shell reads the words of the command as one address and one header.
  const words = execFileSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }\n${command}`], {
    encoding: 'utf8',
    env: { TALLYSPAN_API_KEY: 'from-the-shell' },
  });
  expect(words.trim().split('\n')).toEqual([
    '-sS',
    `http://127.0.0.1:4318/api/v1/traces/ab/spans/${encodeURIComponent(hostile)}`,
    '-H',
    'Authorization: Bearer from-the-shell',
  ]);
  expect(command).toContain('$TALLYSPAN_API_KEY');
});

it('a link to a span keeps the view and the zoom', () => {
  expect(linkToSpan('http://h/traces/ab?zoom=1-2&view=graph', 's 1')).toBe(
    'http://h/traces/ab?zoom=1-2&view=graph&span=s+1',
  );
});

it('a span as JSON is what the API answered', () => {
  const span = makeSpan('s', null, { attributes: { a: [1] } });
  expect(JSON.parse(spanAsJson(span))).toEqual(span);
});
