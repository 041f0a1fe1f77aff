/** An agent that asks another one, in another process, over Agent2Agent: one trace shows both. */
import { ClientFactory } from '@a2a-js/sdk/client';
import { agent, init, watch } from '@tallyspan/sdk';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

init({ serviceName: 'travel-office' });

const planner = fork(join(import.meta.dirname, 'planner.ts'));
const [url] = (await once(planner, 'message')) as [string];

const assistant = agent({ name: 'assistant', tenant: 'acme-corp' }, async (wish: string) => {
  const client = watch(await new ClientFactory().createFromUrl(url));
  let said = '';
  for await (const { payload } of client.sendMessageStream(messageOf(wish)))
    if (payload?.$case === 'statusUpdate') said = textOf(payload.value.status?.message) ?? said;
  return said;
});

console.log(await assistant('three days in Lisbon'));
planner.disconnect();

type Sent = Parameters<Awaited<ReturnType<ClientFactory['createFromUrl']>>['sendMessageStream']>[0];

function messageOf(text: string): Sent {
  return {
    tenant: '',
    configuration: undefined,
    metadata: {},
    message: {
      messageId: crypto.randomUUID(),
      contextId: '',
      taskId: '',
      role: 1,
      parts: [{ content: { $case: 'text', value: text }, metadata: {}, filename: '', mediaType: 'text/plain' }],
      metadata: {},
      extensions: [],
      referenceTaskIds: [],
    },
  };
}

function textOf(message: Sent['message']): string | undefined {
  const content = message?.parts[0]?.content;
  return content?.$case === 'text' ? content.value : undefined;
}
