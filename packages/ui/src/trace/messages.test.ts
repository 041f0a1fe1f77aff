import { expect, it } from 'vitest';
import { prettyJson, readMessages, readParts } from './messages.ts';

it('reads messages with parts as the conventions write them', () => {
  const json = JSON.stringify([
    { role: 'user', parts: [{ type: 'text', content: 'Weather in Paris?' }] },
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'get_weather', arguments: { city: 'Paris' } }] },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'rainy' }] },
    { role: 'assistant', parts: [{ type: 'reasoning', content: 'It rains.' }] },
    { role: 'user', parts: [{ type: 'blob', modality: 'image', mime_type: 'image/png', content: 'iVBO' }] },
  ]);
  expect(readMessages(json)).toEqual([
    { role: 'user', parts: [{ kind: 'text', text: 'Weather in Paris?' }] },
    { role: 'assistant', parts: [{ kind: 'call', id: 'c1', name: 'get_weather', text: '{\n  "city": "Paris"\n}' }] },
    { role: 'tool', parts: [{ kind: 'result', id: 'c1', name: null, text: 'rainy', failed: false }] },
    { role: 'assistant', parts: [{ kind: 'reasoning', text: 'It rains.' }] },
    { role: 'user', parts: [{ kind: 'media', type: 'image/png', base64: 'iVBO', reference: null }] },
  ]);
});

it('reads the messages of OpenAI as they were sent', () => {
  expect(
    readMessages([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,/9j/' } },
          { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'x', function: { name: 'search', arguments: '{"q":"a"}' } }],
      },
      { role: 'tool', tool_call_id: 'x', content: 'found' },
    ]),
  ).toEqual([
    {
      role: 'user',
      parts: [
        { kind: 'text', text: 'What is it?' },
        { kind: 'media', type: 'image/jpeg', base64: '/9j/', reference: null },
        { kind: 'media', type: 'image', base64: null, reference: 'https://example.com/cat.png' },
      ],
    },
    { role: 'assistant', parts: [{ kind: 'call', id: 'x', name: 'search', text: '{\n  "q": "a"\n}' }] },
    { role: 'tool', parts: [{ kind: 'result', id: 'x', name: null, text: 'found', failed: false }] },
  ]);
});

it('reads the parts of Anthropic and of Gemini', () => {
  expect(
    readParts([
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'tool_use', id: 't1', name: 'search', input: { q: 'a' } },
      { type: 'tool_result', tool_use_id: 't1', is_error: true, content: [{ type: 'text', text: 'no' }] },
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'UklG' } },
      { functionCall: { name: 'search', args: { q: 'a' } } },
      { functionResponse: { name: 'search', response: { hits: 2 } } },
      { inlineData: { mimeType: 'image/png', data: 'iVBO' } },
      { text: 'So be it.', thought: true },
    ]),
  ).toEqual([
    { kind: 'reasoning', text: 'Hm.' },
    { kind: 'call', id: 't1', name: 'search', text: '{\n  "q": "a"\n}' },
    { kind: 'result', id: 't1', name: null, text: 'no', failed: true },
    { kind: 'media', type: 'image/webp', base64: 'UklG', reference: null },
    { kind: 'call', id: null, name: 'search', text: '{\n  "q": "a"\n}' },
    { kind: 'result', id: null, name: 'search', text: '{\n  "hits": 2\n}', failed: false },
    { kind: 'media', type: 'image/png', base64: 'iVBO', reference: null },
    { kind: 'reasoning', text: 'So be it.' },
  ]);
});

it('system instructions are text or parts', () => {
  expect(readParts('Be brief.')).toEqual([{ kind: 'text', text: 'Be brief.' }]);
  expect(readParts('[{"type":"text","content":"Be brief."}]')).toEqual([{ kind: 'text', text: 'Be brief.' }]);
});

it('a part of an unknown type keeps its name and all of its body', () => {
  expect(readParts([{ type: 'constructor', name: 'x', arguments: [1] }])).toEqual([
    { kind: 'data', label: 'constructor x', text: '[\n  1\n]' },
  ]);
});

it('what is no list of messages is shown as it is, never guessed at', () => {
  for (const value of ['not json', '[1, 2]', '[]', '{"a":1}', null, 7, '[{"role":'])
    expect(readMessages(value)).toBeNull();
  expect(prettyJson('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(prettyJson('{"a":')).toBe('{"a":');
  expect(prettyJson(JSON.stringify(JSON.stringify('two\nlines')))).toBe('two\nlines');
  expect(prettyJson('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
});
