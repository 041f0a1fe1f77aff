import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messagesJson, toMessages, toolsJson } from './messages.ts';

const said = (content: string) => [{ type: 'text', content }];
const toolCall = { type: 'tool_call', id: 'c1', name: 'see', arguments: { a: 1 } };

describe('anybody’s messages', () => {
  it.each<[who: string, given: unknown, messages: unknown]>([
    ['plain text', 'Hi', [{ role: 'user', parts: said('Hi') }]],
    [
      'OpenAI’s request',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Hi' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
            ],
          },
        ],
      },
      [
        {
          role: 'user',
          parts: [...said('Hi'), { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AA' }],
        },
      ],
    ],
    [
      'OpenAI’s answer',
      {
        choices: [
          {
            message: {
              role: 'assistant',
              content: null,
              tool_calls: [{ id: 'c1', function: { name: 'see', arguments: '{"a":1}' } }],
            },
            finish_reason: 'tool_calls',
          },
        ],
      },
      [{ role: 'assistant', parts: [toolCall], finish_reason: 'tool_calls' }],
    ],
    [
      'a Responses answer',
      { output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] }] },
      [{ role: 'assistant', parts: said('Hello') }],
    ],
    [
      'Anthropic’s',
      [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm' },
            { type: 'tool_use', id: 'c1', name: 'see', input: { a: 1 } },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'a cat' }] },
      ],
      [
        { role: 'assistant', parts: [{ type: 'reasoning', content: 'hm' }, toolCall] },
        { role: 'user', parts: [{ type: 'tool_call_response', id: 'c1', response: 'a cat' }] },
      ],
    ],
    [
      'Gemini’s',
      {
        contents: [
          {
            role: 'model',
            parts: [{ functionCall: { id: 'c1', name: 'see', args: { a: 1 } } }, { text: 'so', thought: true }],
          },
        ],
      },
      [{ role: 'assistant', parts: [toolCall, { type: 'reasoning', content: 'so' }] }],
    ],
    [
      'LangChain’s',
      {
        messages: [
          [
            {
              lc: 1,
              type: 'constructor',
              id: ['langchain_core', 'messages', 'HumanMessage'],
              kwargs: { content: 'Hi' },
            },
          ],
        ],
      },
      [{ role: 'user', parts: said('Hi') }],
    ],
    [
      'the AI SDK’s',
      [{ role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'see', output: 'a cat' }] }],
      [{ role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'a cat' }] }],
    ],
    ['the conventions’ own', [{ role: 'user', parts: [toolCall] }], [{ role: 'user', parts: [toolCall] }]],
    [
      'a part of an unknown kind',
      [{ role: 'user', content: [{ type: 'hologram', x: 1 }] }],
      [{ role: 'user', parts: [{ type: 'hologram', x: 1 }] }],
    ],
    ['no messages', { q: 'weather' }, []],
    ['nothing', undefined, []],
  ])('%s', (_, given, messages) => expect(toMessages(given, 'user')).toEqual(messages));

  it('of any JSON are a list, or nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = messagesJson(value, 'user');
        if (json !== undefined)
          for (const message of JSON.parse(json) as object[])
            expect(message).toMatchObject({ role: expect.any(String), parts: expect.any(Array) });
      }),
    );
  });
});

it.each([
  ['OpenAI’s', { type: 'function', function: { name: 'see', parameters: { type: 'object' } } }],
  ['Anthropic’s', { name: 'see', input_schema: { type: 'object' } }],
  ['the AI SDK’s, as text', '{"type":"function","name":"see","inputSchema":{"type":"object"}}'],
])('%s tools have one shape', (_, tool) => {
  expect(JSON.parse(toolsJson([tool, null, 'x'])!)).toEqual([
    { type: 'function', name: 'see', parameters: { type: 'object' } },
  ]);
});
