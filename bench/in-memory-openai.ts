/** OpenAI's answers without a network: the client's own code runs in full, only the socket is missing. */
const completion = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_763_000_000,
  model: 'gpt-4o-2024-08-06',
  service_tier: 'default',
  system_fingerprint: 'fp_bench',
  choices: [
    {
      index: 0,
      finish_reason: 'stop',
      logprobs: null,
      message: { role: 'assistant', content: 'word '.repeat(100), refusal: null },
    },
  ],
  usage: {
    prompt_tokens: 512,
    completion_tokens: 100,
    total_tokens: 612,
    prompt_tokens_details: { cached_tokens: 256, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
});

export const CHUNKS = 1000;

const encoder = new TextEncoder();
const chunk = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_763_000_000,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;
/** Ten chunks a packet, about what arrives together in practice. */
const packets = Array.from({ length: CHUNKS / 10 }, (_, packet) =>
  encoder.encode(
    Array.from({ length: 10 }, (_, at) =>
      packet * 10 + at === CHUNKS - 1 ? chunk({}, 'stop') : chunk({ content: 'word ' }, null),
    ).join(''),
  ),
);

export async function inMemoryFetch(_url: unknown, init?: { body?: unknown }): Promise<Response> {
  if (!String(init?.body).includes('"stream":true')) {
    return new Response(completion, { headers: { 'content-type': 'application/json', 'x-request-id': 'req_bench' } });
  }
  let next = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (next < packets.length) controller.enqueue(packets[next++]);
      else {
        controller.enqueue(encoder.encode('data: [DONE]\n\n'));
        controller.close();
      }
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
