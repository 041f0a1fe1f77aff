/** What the rows of `metric-rows.ts` do not count, and stored spans tell: prices that nobody knows, caches, pairs of agents. */
import { isBillable, NANOS_PER_MS, type Sample } from '@tallyspan/facts';
import type { CostLine, StoredSpan } from '@tallyspan/store';
import { AgentPairs } from './agent-pairs.ts';
import { LabelledSums } from './labelled-sums.ts';

const counter = (name: string, help: string) => new LabelledSums({ name: `tallyspan_${name}`, help, kind: 'counter' });
const gauge = (name: string, help: string) => new LabelledSums({ name: `tallyspan_${name}`, help, kind: 'gauge' });

export class SpanSums {
  readonly #unpriced = counter('unpriced_calls', 'Billable calls whose price is not known, by model');
  readonly #saved = counter(
    'cache_saved_usd',
    'Dollars that input read from a cache would have cost more at the full price',
  );
  readonly #surcharge = counter(
    'cache_surcharge_usd',
    'Dollars that input written to a cache cost more than at the full price',
  );
  readonly #cacheRead = counter('cache_read_tokens', 'Input tokens that were read from a cache of the provider');
  readonly #guarded = counter('guarded_calls', 'Calls that the guard looked at, by what it made of them');
  readonly #lastSeen = gauge(
    'agent_last_seen_timestamp_seconds',
    'When the last stored span of an agent ended, Unix seconds',
  );
  readonly #pairs = counter('a2a_messages', 'Messages from one agent to another of which both sides are stored');
  readonly #agentPairs = new AgentPairs(({ sourceTenant, sourceAgent, targetTenant, targetAgent, state }) =>
    this.#pairs.add(
      {
        source_tenant: sourceTenant ?? NONE,
        source_agent: sourceAgent ?? NONE,
        target_tenant: targetTenant ?? NONE,
        target_agent: targetAgent ?? NONE,
        a2a_task_state: state,
        across_tenants: String(sourceTenant !== targetTenant),
      },
      1,
    ),
  );

  stored(span: StoredSpan): void {
    const { facts, cost, end } = span;
    const { tenant, agent, provider } = facts;
    const whose = { tally_tenant: tenant, gen_ai_agent_name: agent };
    if (agent !== undefined) this.#lastSeen.raise(whose, Number(end / NANOS_PER_MS) / 1_000);
    if (facts.guardOutcome !== undefined) this.#guarded.add({ ...whose, outcome: facts.guardOutcome }, 1);
    this.#agentPairs.look(span);
    if (!isBillable(facts)) return;
    const what = { gen_ai_provider_name: provider, gen_ai_request_model: facts.requestModel };
    const named = { ...what, gen_ai_request_model: facts.requestModel ?? facts.responseModel };
    if (cost?.source === 'unpriced') this.#unpriced.add({ ...whose, ...named }, 1);
    if (facts.cacheReadTokens) this.#cacheRead.add({ ...whose, ...what }, facts.cacheReadTokens);
    const { saved, surcharge } = cacheEffect(cost?.lines ?? []);
    if (saved > 0) this.#saved.add({ ...whose, ...what }, saved);
    if (surcharge > 0) this.#surcharge.add({ ...whose, ...what }, surcharge);
  }

  samples(): Sample[] {
    return [
      this.#unpriced,
      this.#saved,
      this.#surcharge,
      this.#cacheRead,
      this.#guarded,
      this.#lastSeen,
      this.#pairs,
    ].flatMap((sums) => sums.samples());
  }
}

/** Prometheus takes an empty label for none, and a matrix must show whose side is not known. */
const NONE = '(none)';

/** Dollars that the cache saved, and those that filling it cost: against the price of uncached input in the same call. */
function cacheEffect(lines: readonly CostLine[]): { saved: number; surcharge: number } {
  const full = lines.find(({ type }) => type === 'input')?.usdPerMillion;
  let saved = 0;
  let surcharge = 0;
  if (full === undefined) return { saved, surcharge };
  for (const { type, tokens, usdPerMillion } of lines) {
    const more = ((usdPerMillion - full) * tokens) / 1e6;
    if (type === 'cache_read') saved -= more;
    else if (type.startsWith('cache_write')) surcharge += more;
  }
  return { saved, surcharge };
}
