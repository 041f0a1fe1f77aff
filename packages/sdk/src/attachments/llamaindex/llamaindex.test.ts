/**
 * LlamaIndex.TS is too heavy to install here: these are the events that `llamaindex` 0.12.1 with `@llamaindex/openai` dispatched for a
 * query over one document, a streamed chat and a tool, as heard on `Settings.callbackManager`. To record them again: install both in a
 * folder of their own, `on` each event of `LlamaIndexEventMaps`, and print `detail` and `reason`.
 */
import { expect, it } from 'vitest';
import { CANARY } from '../../../test/conformance.ts';
import { harness } from '../../../test/harness.ts';
import { parentOf } from '../../../test/owner.ts';
import { unwatch, watch } from '../../watch.ts';

const h = harness();

class CallbackManager {
  readonly #listeners = new Map<string, ((event: unknown) => void)[]>();
  on(name: string, listener: (event: unknown) => void): this {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }
  off(name: string, listener: (event: unknown) => void): this {
    this.#listeners.set(
      name,
      (this.#listeners.get(name) ?? []).filter((each) => each !== listener),
    );
    return this;
  }
  dispatchEvent(name: string, detail: object, reason: object | null = null): void {
    for (const listener of this.#listeners.get(name) ?? []) listener({ detail, reason });
  }
}

class OpenAI {
  model = 'gpt-4o';
  temperature = 0.1;
  topP = 1;
  baseURL = 'https://api.openai.com/v1';
}
class RetrieverQueryEngine {}

const settings = (callbackManager: CallbackManager) => ({ callbackManager, withCallbackManager() {} });
const engine = { id: '1e0b', caller: new RetrieverQueryEngine(), parent: null };
const llm = { id: '2f1c', caller: new OpenAI(), parent: engine };
const alone = { ...llm, parent: null };
const completion = (id: string) => ({
  id,
  object: 'chat.completion',
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: CANARY }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, prompt_tokens_details: { cached_tokens: 40 } },
  system_fingerprint: 'fp_1',
});
const answer = { content: CANARY, role: 'assistant', options: {} };

function query(manager: CallbackManager, id: string): void {
  manager.dispatchEvent('query-start', { id: 'q1', query: CANARY }, engine);
  manager.dispatchEvent('retrieve-start', { id: 'r1', query: { query: CANARY } }, engine);
  manager.dispatchEvent('retrieve-end', { id: 'r1', query: { query: CANARY }, nodes: [{ score: 0 }] }, engine);
  manager.dispatchEvent('llm-start', { id: 'l1', messages: [{ content: CANARY, role: 'user' }] }, llm);
  manager.dispatchEvent('llm-end', { id: 'l1', response: { raw: completion(id), message: answer } }, llm);
  manager.dispatchEvent('query-end', { id: 'q1', response: { metadata: {}, message: answer, raw: null } }, engine);
}

it('a query is a workflow with its retrieval and its model call, which has the true tokens', async () => {
  const from = h.sink.bytes().length;
  const manager = new CallbackManager();
  const library = watch(settings(manager));
  query(manager, 'chatcmpl-li1');
  const spans = await h.spans();
  expect(spans.map(({ name }) => name)).toEqual(['retrieval', 'chat gpt-4o', 'invoke_workflow']);
  expect(spans[1]!.attributes).toMatchObject({
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.temperature': 0.1,
    'gen_ai.response.id': 'chatcmpl-li1',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 20,
    'gen_ai.usage.cache_read.input_tokens': 40,
    'tally.framework': 'llamaindex',
    'tally.cost.source': 'computed',
  });
  for (const span of spans.slice(0, 2)) expect(parentOf(span, spans)!.name).toBe('invoke_workflow');
  expect(h.sink.bytes().subarray(from).includes(CANARY)).toBe(false);
  unwatch(library);
  query(manager, 'chatcmpl-li2');
  expect(await h.spans()).toHaveLength(3);
});

it('a stream is put together from its chunks; a tool is a step', async () => {
  const manager = watch(new CallbackManager());
  const chunk = (delta: string, more: object = {}) => ({
    raw: {
      id: 'chatcmpl-li3',
      model: 'gpt-4o-2024-08-06',
      choices: [{ index: 0, delta: {}, finish_reason: null }],
      ...more,
    },
    delta,
  });
  const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
  const chunks = [
    chunk('a'),
    chunk('b', { choices: [{ index: 0, delta: {}, finish_reason: 'length' }] }),
    chunk('', { choices: [], usage }),
  ];
  manager.dispatchEvent('llm-start', { id: 'l2', messages: [] }, alone);
  for (const each of chunks) manager.dispatchEvent('llm-stream', { id: 'l2', chunk: each });
  manager.dispatchEvent('llm-end', { id: 'l2', response: { raw: chunks, message: answer } }, alone);
  const toolCall = { id: 'call_1', name: 'add', input: { a: 1 } };
  manager.dispatchEvent('llm-tool-call', { toolCall }, alone);
  manager.dispatchEvent('llm-tool-result', { toolCall, toolResult: { output: '2', isError: false } }, alone);
  const [call, tool] = await h.spans();
  expect(call!.attributes).toMatchObject({
    'gen_ai.request.stream': true,
    'gen_ai.response.finish_reasons': ['length'],
    'gen_ai.usage.input_tokens': 10,
    'tally.stream.chunks': 3,
  });
  expect(tool!.name).toBe('execute_tool add');
});

it('LLM-03 a client that is watched too owns the call', async () => {
  const manager = watch(new CallbackManager());
  const client = watch(h.openai());
  manager.dispatchEvent('llm-start', { id: 'l3', messages: [] }, alone);
  const raw = await client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] });
  manager.dispatchEvent('llm-end', { id: 'l3', response: { raw, message: answer } }, alone);
  expect((await h.span()).attributes['server.address']).toBe('127.0.0.1');
});
