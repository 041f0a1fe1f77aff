import { expect, it } from 'vitest';
import { prettyJson, readMessages, readParts } from './messages.ts';

it('reads messages with parts as the conventions write them', () => {
  const json = JSON.stringify([
    { role: 'user', parts: [{ type: 'text', content: 'Weather in Paris?' }] },
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'get_weather', arguments: { city: 'Paris' } }] },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'rainy' }] },
    { role: 'assistant', parts: [{ type: 'reasoning', content: 'It rains.' }] },
  ]);
  expect(readMessages(json)).toEqual([
    { role: 'user', parts: [{ kind: 'text', text: 'Weather in Paris?' }] },
    { role: 'assistant', parts: [{ kind: 'data', label: 'tool call get_weather', text: '{\n  "city": "Paris"\n}' }] },
    { role: 'tool', parts: [{ kind: 'data', label: 'tool call response', text: 'rainy' }] },
    { role: 'assistant', parts: [{ kind: 'data', label: 'reasoning', text: 'It rains.' }] },
  ]);
});

it('reads the messages of a provider as they were sent', () => {
  expect(
    readMessages([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'x', function: { name: 'search', arguments: '{"q":"a"}' } }],
      },
    ]),
  ).toEqual([
    { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
    { role: 'assistant', parts: [{ kind: 'data', label: 'tool call search', text: '{\n  "q": "a"\n}' }] },
  ]);
});

it('system instructions are text or parts', () => {
  expect(readParts('Be brief.')).toEqual([{ kind: 'text', text: 'Be brief.' }]);
  expect(readParts('[{"type":"text","content":"Be brief."}]')).toEqual([{ kind: 'text', text: 'Be brief.' }]);
});

it('what is no list of messages is shown as it is, never guessed at', () => {
  for (const value of ['not json', '[1, 2]', '[]', '{"a":1}', null, 7, '[{"role":'])
    expect(readMessages(value)).toBeNull();
  expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(prettyJson('{"a":')).toBe('{"a":');
  expect(prettyJson(JSON.stringify(JSON.stringify('two\nlines')))).toBe('two\nlines');
  expect(prettyJson('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
});
