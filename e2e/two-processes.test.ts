/** Two programs, one trace: the caller and the called, each in a process of its own, as the server shows them. */
import type { Trace } from '@tallyspan/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, startHouse } from './house.ts';
import { runExample, treeOf } from './run-example.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse('server');
});
afterAll(() => house.remove());

/** Which process, which agent, and what it did. */
const line = ({ resource, agent, kind, name }: Trace['spans'][number]) =>
  `${String(resource['service.name'])} ${agent} | ${kind} ${name}`;

describe('two processes, one trace id', () => {
  it('COST-36 OBS-16 a tool call over MCP shows the agent that asked and the one behind the tool in one tree', async () => {
    const { printed, spans } = await runExample(house, 'mcp-gateway', 'librarian', 6);
    expect(printed.join('\n')).toContain('Moby-Dick');
    expect(treeOf(spans, line)).toEqual([
      'library librarian | internal invoke_agent librarian',
      '  library librarian | client tools/list',
      '    book-desk librarian | server tools/list',
      '  library librarian | client tools/call recommend_book',
      '    book-desk librarian | server tools/call recommend_book',
      '      book-desk book-desk | internal invoke_agent book-desk',
    ]);
    expect(new Set(spans.map(({ resource }) => resource['process.pid'])).size).toBe(2);
    const call = spans.filter(({ name }) => name === 'tools/call recommend_book');
    for (const { facts } of call) expect(facts).toMatchObject({ toolName: 'recommend_book', networkTransport: 'pipe' });
    // Each end says for itself who pays; nobody is believed without proof.
    expect(call.map(({ facts }) => facts['tenant'])).toEqual(['acme-corp', 'book-desk-inc']);
    expect(new Set(spans.map(({ facts }) => facts['runId'])).size).toBe(1);
  });

  it('COST-36 OBS-17 OBS-18 a task over A2A shows the agent that asked and the one that worked in one tree', async () => {
    const { printed, spans } = await runExample(house, 'a2a', 'assistant', 5);
    expect(printed.join('\n')).toContain('Your plan for three days in Lisbon: the castle of Lisbon');
    expect(treeOf(spans, line)).toEqual([
      'travel-office assistant | internal invoke_agent assistant',
      '  travel-office assistant | client a2a_send planner',
      '    planner planner | server a2a_execute planner',
      '      planner trip-planner | internal invoke_agent trip-planner',
      '        planner trip-planner | internal execute_tool find_sights',
    ]);
    expect(new Set(spans.map(({ resource }) => resource['process.pid'])).size).toBe(2);
    const [sent, served] = ['a2a_send planner', 'a2a_execute planner'].map((name) =>
      spans.find((span) => span.name === name)!,
    );
    expect(sent!.facts).toMatchObject({
      peerAgent: 'planner',
      a2aTaskState: 'completed',
      a2aTaskId: expect.any(String),
    });
    expect(served!.facts).toMatchObject({
      peerAgent: 'assistant',
      a2aTaskState: 'completed',
      a2aTaskId: sent!.facts['a2aTaskId'],
    });
  });

  it('COST-19 the same spans come by gRPC, compressed, where OTEL_EXPORTER_OTLP_PROTOCOL says so', async () => {
    const [, port] = /OTLP\/gRPC is taken on \S+:(\d+)/.exec(house.printed())!;
    const { stderr, spans } = await runExample(house, 'agent', 'editor', 13, {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    });
    expect(stderr).toBe('');
    expect(treeOf(spans, ({ name }) => name).slice(0, 2)).toEqual([
      'invoke_workflow Morning issue',
      '  invoke_agent editor',
    ]);
  });
});
