import { limits } from '@tallyspan/facts';
import { describeFailure } from '../failure.ts';
import { fields } from '../read.ts';
import { watch } from '../watch.ts';
import { taskFacts } from './task.ts';

/** What is asked of a client: that of `@a2a-js/sdk` can do it. */
export interface AgentClient<Params, Task, Said> {
  sendMessage(params: Params, options?: { signal?: AbortSignal }): Promise<Task | Said>;
  getTask(
    params: { id: string; tenant: string; historyLength: undefined },
    options?: { signal?: AbortSignal },
  ): Promise<Task>;
}

export interface RemoteAgentOptions {
  /** How long one message may take, tries and waiting included. Default 300,000. */
  timeoutMs?: number;
  /** How often a message is sent again when nobody answered, with the same id so that it is worked on once. Default 3. */
  retriesMax?: number;
  /** How long the client that was found is used before it is looked for again. Default 300,000. */
  cardTtlMs?: number;
  /** How long to wait before a task that goes on is looked at again. Default 1,000. */
  pollMs?: number;
}

export interface RemoteAgent<Client, Params, Task, Said> {
  /** The client, watched. */
  client(): Promise<Client>;
  /**
   * Sends a message and answers when its task is done, has failed, or wants something (`input-required`). Each try is a span that
   * knows how many there were before. Rejects with the client's own error, or with a `TimeoutError`.
   */
  send(params: Params): Promise<Task | Said>;
}

/** States in which a task goes on by itself. */
const GOES_ON: ReadonlySet<string | undefined> = new Set(['submitted', 'working']);

/**
 * Another agent. `find` looks it up, by its card.
 *
 * @example
 * const planner = remoteAgent(() => new ClientFactory().createFromUrl('https://planner.example.com'));
 * const task = await planner.send(message);
 */
export function remoteAgent<Client extends AgentClient<Params, Task, Said>, Params, Task, Said>(
  find: () => Promise<Client & AgentClient<Params, Task, Said>>,
  { timeoutMs = 300_000, retriesMax = 3, cardTtlMs = 300_000, pollMs = 1_000 }: RemoteAgentOptions = {},
): RemoteAgent<Client, Params, Task, Said> {
  let found: { client: Promise<Client>; at: number } | undefined;
  const client = (): Promise<Client> => {
    if (found && performance.now() - found.at < cardTtlMs) return found.client;
    const looking = { client: find().then((each) => watch(each)), at: performance.now() };
    found = looking;
    // A failure is not remembered.
    looking.client.catch(() => {
      if (found === looking) found = undefined;
    });
    return looking.client;
  };
  return {
    client,
    async send(params) {
      const signal = AbortSignal.timeout(Math.min(timeoutMs, limits.timerMsMax));
      let answer = await persistently(async () => (await client()).sendMessage(params, { signal }), retriesMax, signal);
      for (let { a2aTaskId: id, a2aTaskState: state } = taskFacts(answer); id !== undefined && GOES_ON.has(state);) {
        const task = id;
        await pause(pollMs, signal);
        const look = async () =>
          (await client()).getTask({ id: task, tenant: '', historyLength: undefined }, { signal });
        answer = await persistently(look, retriesMax, signal);
        ({ a2aTaskId: id, a2aTaskState: state } = taskFacts(answer));
      }
      return answer;
    },
  };
}

/** The first pause between two tries; each is twice as long as the one before. */
const BACKOFF_MS = 250;

async function persistently<Result>(
  ask: () => Promise<Result>,
  retriesMax: number,
  signal: AbortSignal,
): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (tries >= retriesMax || !isNobodyThere(error)) throw error;
      await pause(BACKOFF_MS * 2 ** tries, signal);
    }
  }
}

/** No connection, or a server (or what stands in front of it) that says it cannot now. An agent's own refusal is an answer. */
function isNobodyThere(error: unknown): boolean {
  if (error instanceof TypeError) return describeFailure(error, true).statusMessage.includes('fetch failed');
  return /Status: (429|50[0-4])\b/.test(String(fields(error)['message']));
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
