import { describe, expect, it } from 'vitest';
import { makeCall, makeSpan } from '../../test/make-span.ts';
import { helpdeskSpans } from '../../test/trace-sample.ts';
import { buildTree } from './build-tree.ts';
import { conversation, hasContent, speakers, type Turn } from './conversation.ts';
import type { Message } from './messages.ts';

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
let clock = 0;
const call = (spanId: string, input: unknown[], output: unknown[], more = {}) =>
  makeCall(spanId, null, '0.1', {
    offsetMs: clock++,
    facts: { inputMessages: JSON.stringify(input), outputMessages: JSON.stringify(output) },
    ...more,
  });
const read = (...spans: Parameters<typeof buildTree>[0]) => conversation(speakers(buildTree(spans).nodes)) as Turn[];
const texts = (messages: readonly Message[]) =>
  messages.map(({ parts }) => parts.map((part) => ('text' in part ? part.text : part.kind)).join('|'));

describe('the transcript', () => {
  it('of each call shows only what is new, and folds what was said before', () => {
    const [first, second] = read(
      call('one', [user('Hi'), user('Where is Bern?')], [assistant('In Switzerland.')]),
      call('two', [user('Hi'), user('Where is Bern?'), assistant('In Switzerland. '), user('And Graz?')], []),
    );
    expect([texts(first!.earlier), texts(first!.given)]).toEqual([[], ['Hi', 'Where is Bern?']]);
    expect([second!.earlier.length, texts(second!.given)]).toEqual([3, ['And Graz?']]);
  });

  it('a second "yes" is new though the first one was the same', () => {
    const [, second] = read(
      call('one', [user('yes')], [assistant('And now?')]),
      call('two', [user('yes'), assistant('And now?'), user('yes')], []),
    );
    expect([second!.earlier.length, texts(second!.given)]).toEqual([2, ['yes']]);
  });

  it('an agent that drops old messages continues the same conversation', () => {
    const [, second] = read(
      call('one', [user('a'), user('b'), user('c')], [assistant('d')]),
      call('two', [user('c'), assistant('d'), user('e')], []),
    );
    expect(texts(second!.given)).toEqual(['e']);
  });

  it('another agent begins a conversation of its own', () => {
    const [, second] = read(call('one', [user('Hi')], []), call('two', [user('Hi')], [], { agent: 'other' }));
    expect(texts(second!.given)).toEqual(['Hi']);
  });

  it('pairs a tool call with its result, which is not shown a second time, and with the span that ran it', () => {
    const entries = conversation(speakers(buildTree(helpdeskSpans).nodes));
    const turns = entries.filter((entry) => entry.type === 'turn');
    expect(turns[0]!.results.get('call_1')).toMatchObject({
      text: '{\n  "state": "shipped",\n  "carrier": "Pigeon Post"\n}',
      failed: false,
      node: { span: { spanId: 't1' } },
    });
    expect(turns[1]).toMatchObject({ earlier: [{ role: 'user' }, { role: 'assistant' }], given: [] });
    expect(texts(turns[2]!.given)).toEqual(['Thanks! Can it come on Friday?']);
    expect(entries.map((entry) => entry.node.span.spanId)).toEqual([
      ...['g1', 'm1', 'm2', 'm3', 'p1', 's1', 'b1', 'm4', 'm5'],
    ]);
  });

  it('shows instructions once, until they change', () => {
    const system = (text: string) => ({ facts: { systemInstructions: text, inputMessages: '[{"role":"user"}]' } });
    const turns = read(
      makeCall('one', null, '0', { offsetMs: 1, ...system('Be brief.') }),
      makeCall('two', null, '0', { offsetMs: 2, ...system('Be brief.') }),
      makeCall('three', null, '0', { offsetMs: 3, ...system('Be kind.') }),
    );
    expect(turns.map((turn) => turn.instructions.length)).toEqual([1, 0, 1]);
  });

  it('a tool that failed says so at the call that asked for it', () => {
    const asks = { role: 'assistant', parts: [{ type: 'tool_call', id: 'x', name: 'f', arguments: {} }] };
    const entries = read(
      call('one', [user('go')], [asks]),
      makeSpan('tool', null, {
        ...{ operation: 'execute_tool', tool: 'f', offsetMs: clock++, status: 'error', statusMessage: 'no such file' },
        facts: { toolCallId: 'x' },
      }),
    );
    expect(entries).toHaveLength(1);
    expect(entries[0]!.results.get('x')).toMatchObject({ failed: true, text: 'no such file' });
  });

  it('without content there are turns, and it is known that nothing was captured', () => {
    const entries = read(makeCall('one', null, '0.1'));
    expect([entries.length, entries[0]!.captured, hasContent(entries)]).toEqual([1, false, false]);
  });
});
