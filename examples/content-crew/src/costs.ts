import { setTimeout as pause } from 'node:timers/promises';
import type { Costs } from '@tallyspan/server';

/** Long enough for a server on a busy laptop to store a few dozen spans. */
const waitMsMax = 5_000;

/**
 * What was spent since `from`, by agent, run, role and model. Asks until the server has stored so many calls, or for five seconds;
 * then what it has counts. Undefined when nobody answers there, or somebody who knows no costs.
 */
export async function fetchCosts(
  endpoint: string,
  { from, calls }: { from: Date; calls: number },
): Promise<Costs | undefined> {
  const url = new URL(`${endpoint.replace(/\/$/, '')}/api/v1/costs`);
  url.search = new URLSearchParams({ by: 'agent,run,role,model', from: from.toISOString() }).toString();
  const until = Date.now() + waitMsMax;
  for (;;) {
    const costs = await ask(url);
    if (costs === undefined || costs.total.calls >= calls || Date.now() > until) return costs;
    await pause(100);
  }
}

async function ask(url: URL): Promise<Costs | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(waitMsMax) });
    const answer = (await response.json()) as Partial<Costs>;
    return response.ok && answer.total !== undefined && answer.tree !== undefined ? (answer as Costs) : undefined;
  } catch {
    return undefined;
  }
}
