/** For run-in-image.sh: `node ask-server.mjs <url> <admin key> [send]` sends a model call to a running server, and looks whether it is there. */
const [url, key, send] = process.argv.slice(2);

async function look(path, wanted, status = 200, headers = { authorization: `Bearer ${key}` }) {
  const response = await fetch(url + path, { headers });
  const text = await response.text();
  if (response.status !== status || !text.includes(wanted))
    throw new Error(`${path} answered ${response.status}:\n${text.slice(0, 500)}`);
  console.log(response.status, path);
}

const now = BigInt(Date.now()) * 1_000_000n;
const text = (name, value) => ({ key: name, value: { stringValue: value } });
const count = (name, value) => ({ key: name, value: { intValue: value } });
const span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'chat gpt-4o-mini',
  kind: 3,
  startTimeUnixNano: String(now - 1_000_000_000n),
  endTimeUnixNano: String(now),
  attributes: [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', 'openai'),
    text('gen_ai.request.model', 'gpt-4o-mini'),
    count('gen_ai.usage.input_tokens', 1000),
    count('gen_ai.usage.output_tokens', 100),
  ],
};

await look('/readyz', '"ready":true', 200, {});
await look('/', '<title>', 200, {});
await look('/api/v1/traces', '', 401, {});
await look('/metrics', 'tallyspan_up 1');
if (send) {
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  if (response.status !== 200) throw new Error(`/v1/traces answered ${response.status}: ${await response.text()}`);
  console.log(200, '/v1/traces');
}
const until = Date.now() + 20_000;
for (;;) {
  const response = await fetch(`${url}/api/v1/costs?by=model`, { headers: { authorization: `Bearer ${key}` } });
  const { total } = await response.json();
  if (total?.calls === 1 && Number(total.costUsd) > 0) {
    console.log('1 call is stored, for', total.costUsd, 'dollars');
    break;
  }
  if (Date.now() > until) throw new Error(`the call is not there: ${JSON.stringify(total)}`);
  await new Promise((done) => setTimeout(done, 200));
}
