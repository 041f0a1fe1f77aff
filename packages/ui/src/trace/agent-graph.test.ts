import { usdFromNanos } from '@tallyspan/facts/units';
import { expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { helpdeskSpans } from '../../test/trace-sample.ts';
import { ACTORS_MAX, agentGraph } from './agent-graph.ts';
import { buildTree } from './build-tree.ts';

it('draws who called whom, with counts and errors', () => {
  const graph = agentGraph(buildTree(helpdeskSpans));
  const name = new Map(graph.actors.map((actor) => [actor.id, actor.name]));
  const calls = graph.calls.map(
    ({ from, to, figures }) =>
      `${name.get(from)} > ${name.get(to)} ${figures.count}${figures.errors ? ` (${figures.errors} failed)` : ''}`,
  );
  expect(calls).toEqual([
    'helpdesk > support 1',
    'support > guard 1',
    'support > gpt-4o 3',
    'support > find_order 1',
    'find_order > cache.lookup 1',
    'find_order > credential.exchange 1',
    'find_order > vault.get 1',
    'find_order > find_order 1',
    'helpdesk > a2a.client.send carrier 1',
    'a2a.client.send carrier > carrier 1',
    'carrier > sandbox.exec 1',
    'carrier > browser.browse 1',
    'helpdesk > writer 1 (1 failed)',
    'writer > gpt-4o 2 (2 failed)',
  ]);
});

it('LLM-50 the cost at a model is the exact sum of its calls, and at an agent of all below it', () => {
  const graph = agentGraph(buildTree(helpdeskSpans));
  const cost = (name: string) => usdFromNanos(graph.actors.find((actor) => actor.name === name)!.figures.costNanos);
  expect([cost('helpdesk'), cost('support'), cost('gpt-4o')]).toEqual(['0.0075', '0.0075', '0.0075']);
});

it("a framework's span around a call is the same call and no box of its own", () => {
  const graph = agentGraph(
    buildTree([
      makeSpan('outer', null, { operation: 'chat', model: 'gpt-4o', name: 'ChatOpenAI' }),
      makeCall('inner', 'outer', '0.1'),
    ]),
  );
  expect(graph.actors.map((actor) => [actor.name, actor.figures.count])).toEqual([['gpt-4o', 1]]);
});

it('an agent that calls itself is one box without a line to itself', () => {
  const agent = (id: string, parent: string | null) => makeSpan(id, parent, { operation: 'invoke_agent', agent: 'a' });
  const graph = agentGraph(buildTree([agent('1', null), agent('2', '1'), agent('3', '2')]));
  expect([graph.actors.length, graph.calls.length]).toEqual([1, 0]);
});

it('so many tools that no picture holds them stand in one box that says how many they are', () => {
  const spans = Array.from({ length: 200 }, (_, i) =>
    makeSpan(`t${i}`, 'a', { operation: 'execute_tool', tool: `tool ${i}` }),
  );
  const graph = agentGraph(buildTree([makeSpan('a', null, { operation: 'invoke_agent', agent: 'a' }), ...spans]));
  expect(graph.actors.length).toBeLessThanOrEqual(ACTORS_MAX);
  const [{ count } = { count: 0 }] = graph.together;
  expect(graph.actors.find((actor) => actor.name === `${count} others`)?.figures.count).toBe(count);
  expect(graph.actors.reduce((sum, actor) => sum + actor.figures.count, 0)).toBe(201);
});
