import { ClientFactory } from '@a2a-js/sdk/client';
import { watch } from '@tallyspan/sdk';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The planner of the example beside this one: an agent that is asked over Agent2Agent, in a process of its own. */
export async function startPlanner() {
  const child = fork(join(import.meta.dirname, '../../a2a/src/planner.ts'));
  const [url] = (await once(child, 'message')) as [string];
  const client = watch(await new ClientFactory().createFromUrl(url));
  return {
    async ask(wish: string): Promise<string> {
      const part = {
        content: { $case: 'text' as const, value: wish },
        metadata: {},
        filename: '',
        mediaType: 'text/plain',
      };
      const answer = await client.sendMessage({
        tenant: '',
        configuration: undefined,
        metadata: {},
        message: {
          messageId: crypto.randomUUID(),
          contextId: '',
          taskId: '',
          role: 1,
          parts: [part],
          metadata: {},
          extensions: [],
          referenceTaskIds: [],
        },
      });
      const said = 'status' in answer ? answer.status?.message?.parts[0]?.content : undefined;
      return said?.$case === 'text' ? said.value : 'no plan';
    },
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
