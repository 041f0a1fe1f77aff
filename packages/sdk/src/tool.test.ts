import { expect, it } from 'vitest';
import { harness } from '../test/harness.ts';
import { agent, tool } from './index.ts';

const h = harness();

it('EXT-05 OBS-11 OBS-33 OBS-34 tool() makes a function a recorded tool, with service and region, counted by service', async () => {
  const read = tool(
    { name: 'read_report', service: 's3', region: 'eu-central-1' },
    async function readReport(key: string) {
      if (key === 'gone') throw new RangeError('no such report');
      return `report ${key}`;
    },
  );
  const add = tool('add', (a: number, b: number) => a + b);
  expect([read.name, read.length, add(1, 2)]).toEqual(['readReport', 1, 3]);
  await agent({ name: 'analyst', tenant: 'acme' }, async () => {
    expect(await read('q3')).toBe('report q3');
    await expect(read('gone')).rejects.toThrow(new RangeError('no such report'));
  })();

  const spans = await h.spans();
  expect(spans.map(({ name, failed }) => [name, failed])).toEqual([
    ['execute_tool add', false],
    ['execute_tool read_report', false],
    ['execute_tool read_report', true],
    ['invoke_agent analyst', false],
  ]);
  expect(spans[1]!.attributes).toMatchObject({
    'gen_ai.tool.name': 'read_report',
    'gen_ai.tool.type': 'function',
    'tally.tool.service': 's3',
    'cloud.region': 'eu-central-1',
    'tally.tenant': 'acme',
  });
  for (const { attributes } of spans) {
    expect(attributes).not.toHaveProperty('gen_ai.tool.call.arguments');
    expect(attributes).not.toHaveProperty('gen_ai.tool.call.result');
  }
  const all = (metric: string) =>
    h.sink.points().filter((point) => point.metric === metric && point.attributes['tally.tool.service'] === 's3');
  const ofService = (metric: string) => all(metric)[0];
  const ended = all('tally.tool.invocations').map(({ value, attributes }) => [attributes['tally.tool.status'], value]);
  expect(Object.fromEntries(ended)).toEqual({ ok: 1, error: 1 });
  expect(ofService('tally.tool.errors')).toMatchObject({ value: 1, attributes: { 'error.type': 'RangeError' } });
  expect(ofService('tally.tool.duration')).toMatchObject({ count: 2 });
});

it('OBS-11 arguments and results are recorded where content is on', async () => {
  h.init({ captureContent: true });
  await tool('search', async (query: string) => ({ found: query }))('whales');
  expect((await h.span()).attributes).toMatchObject({
    'gen_ai.tool.call.arguments': '"whales"',
    'gen_ai.tool.call.result': '{"found":"whales"}',
  });
});
