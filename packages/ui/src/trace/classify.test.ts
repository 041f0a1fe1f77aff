import { expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { classify, shortName } from './classify.ts';

it('a span is drawn by its operation', () => {
  const drawn = ['invoke_agent', 'chat', 'embeddings', 'execute_tool', 'retrieval', 'constructor', null].map(
    (operation) => classify(makeSpan('s', null, { operation })),
  );
  expect(drawn).toEqual(['agent', 'model', 'embeddings', 'tool', 'retrieval', 'other', 'other']);
});

it('a step that bears the name of its role is the role; a step inside it is not', () => {
  expect(classify(makeSpan('s', null, { role: 'writer', name: 'role writer' }))).toBe('role');
  expect(classify(makeSpan('s', null, { role: 'writer', name: 'fetch feeds' }))).toBe('other');
});

it('a billable span of an unknown operation is a model call', () => {
  expect(classify(makeCall('s', null, '1', { operation: 'transcribe' }))).toBe('model');
});

it('a row does not repeat what its icon says', () => {
  expect(shortName(makeSpan('s', null, { operation: 'chat', name: 'chat gpt-4o' }))).toBe('gpt-4o');
  expect(shortName(makeSpan('s', null, { role: 'writer', name: 'role writer' }))).toBe('writer');
  expect(shortName(makeSpan('s', null, { operation: 'chat', name: 'chat' }))).toBe('chat');
  expect(shortName(makeSpan('s', null, { name: '' }))).toBe('(no name)');
});

it('steps that have no operation say in their name what they are, also the source names of Hexr and the methods of MCP', () => {
  const drawn = [
    ...['tally.cache.lookup', 'hexr.credential.exchange', 'vault.get', 'a2a.client', 'sandbox_exec', 'browser browse'],
    ...['guard.scan prompt', 'tools/call search', 'cachet', 'prompts/get'],
  ].map((name) => classify(makeSpan('s', null, { name })));
  expect(drawn).toEqual([
    ...['cache', 'credential', 'vault', 'a2a', 'sandbox', 'browser'],
    ...['guard', 'gateway', 'other', 'gateway'],
  ]);
});

it('a tool that runs on an MCP server is a call of that server, and a sandbox is no plain tool', () => {
  const tool = { operation: 'execute_tool', tool: 'search' };
  expect(classify(makeSpan('s', null, { ...tool, attributes: { 'mcp.method.name': 'tools/call' } }))).toBe('gateway');
  expect(classify(makeSpan('s', null, { ...tool, name: 'hexr.sandbox.exec' }))).toBe('sandbox');
  expect(classify(makeSpan('s', null, { operation: 'guardrail' }))).toBe('guard');
  expect(shortName(makeSpan('s', null, { name: 'tally.vault.get' }))).toBe('vault.get');
});
