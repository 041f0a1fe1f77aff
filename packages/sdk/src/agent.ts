import { type Identity } from '@tallyspan/facts';
import { Begun } from './begin.ts';
import { Budget, type BudgetOptions } from './budget/budget.ts';
import { currentIdentity, innermostFrame, runIn } from './context.ts';
import { warmPrices } from './cost.ts';
import { decorate, type Decorator } from './decorate.ts';
import { ensureInitialised } from './pipeline.ts';
import { followResult } from './follow-result.ts';
import { add } from './read.ts';
import { resemble } from './resemble.ts';
import { environment } from './state.ts';

/** Who an agent is. Only the name is needed; the rest is inherited from the agent around it or from the environment. */
export interface AgentOptions {
  name: string;
  /** Whose work it is. Default: the tenant of the agent around it, else `TALLYSPAN_TENANT`. */
  tenant?: string;
  role?: string;
  version?: string;
  description?: string;
  framework?: string;
  session?: string;
  user?: string;
  /** How much one run may use. The call that would overrun it is not made: `BudgetExceededError`. Default: no limit. */
  budget?: BudgetOptions;
  /** An explicit SPIFFE id. Default: `SPIFFE_ID`, else derived when `init({ spiffe })` asks for it. */
  spiffeId?: string;
}

type AnyFunction = (this: never, ...args: never[]) => unknown;

/**
 * Gives a function an identity: every span made inside, however deep and through every `await`, carries it. Each call is one
 * `invoke_agent` span; the outermost agent's call is a run. Defining an agent sets telemetry up; nothing else is needed.
 * Results and errors are the function's own. Also a decorator: for methods (static and private ones too), getters, fields that hold
 * a function, and whole classes.
 *
 * @example
 * const analyst = agent({ name: 'analyst', tenant: 'acme-corp' }, async (topic: string) => { … });
 */
export function agent<Fn extends AnyFunction>(options: AgentOptions, fn: Fn): Fn;
export function agent(options: AgentOptions): Decorator;
export function agent(options: AgentOptions, fn?: AnyFunction): unknown {
  ensureInitialised();
  warmPrices();
  // A limit that is no amount is found out here, and not in the first run.
  if (options.budget) void new Budget(options.name, options.budget);
  if (fn) return wrap(options, fn);
  return decorate(
    (method) => wrap(options, method),
    (target) => decorateClass(options, target),
  );
}

function wrap(options: AgentOptions, fn: AnyFunction): AnyFunction {
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    const begun = beginAgent(options);
    const call = () => Reflect.apply(fn as (...all: unknown[]) => unknown, this, args);
    return begun ? followResult(begun, () => runIn(begun.frame, call)) : call();
  };
  return resemble(wrapped, fn) as AnyFunction;
}

/** Which agent the methods of a class are, by the prototype that was decorated. */
const agents = new WeakMap<object, AgentOptions>();

/**
 * Every public method of the class is a call of the agent, unless it is called from another one of them. Methods that it inherits
 * are its base's own; where both are decorated, an object is the agent of the class that is nearest to it.
 */
function decorateClass(options: AgentOptions, target: abstract new (...args: never[]) => object): void {
  const prototype = target.prototype as Record<string, unknown>;
  agents.set(prototype, options);
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (name === 'constructor' || typeof descriptor?.value !== 'function') continue;
    const method = descriptor.value as AnyFunction;
    const inside = function (this: unknown, ...args: unknown[]): unknown {
      const of = agentOf(this) ?? options;
      const call = currentIdentity().agent === of.name ? method : wrap(of, method);
      return Reflect.apply(call as (...all: unknown[]) => unknown, this, args);
    };
    Object.defineProperty(prototype, name, { ...descriptor, value: resemble(inside, method) });
  }
}

function agentOf(instance: unknown): AgentOptions | undefined {
  let at: unknown = instance;
  while (typeof at === 'object' && at !== null) {
    const options = agents.get(at);
    if (options) return options;
    at = Object.getPrototypeOf(at);
  }
  return undefined;
}

function beginAgent(options: AgentOptions): Begun | undefined {
  const around = innermostFrame()?.budget;
  around?.enter();
  try {
    // Inside of a budget every agent has one, so that agents in agents are counted.
    const budget = options.budget || around ? new Budget(options.name, options.budget ?? {}, around) : undefined;
    const outer = currentIdentity();
    const identity = asAgent(outer, {
      agent: options.name,
      tenant: options.tenant,
      role: options.role,
      agentVersion: options.version,
      agentDescription: options.description,
      framework: options.framework,
      sessionId: options.session,
      userId: options.user,
      spiffeId: options.spiffeId,
    });
    return new Begun({ operation: 'invoke_agent' }, identity, {
      identify: ({ spanId }) => (outer.runId === undefined ? { runId: spanId } : {}),
      budget,
    });
  } catch {
    return undefined;
  }
}

type Given = { [Key in keyof Identity]?: Identity[Key] | undefined };

/**
 * The identity inside an agent or a workflow. A new agent has its own role, version and description; tenant, run, user and session are
 * those of the work around it.
 */
export function asAgent(outer: Identity, given: Given = {}): Identity {
  const identity: Identity = { ...outer };
  if (given.agent !== undefined)
    for (const own of ['role', 'agentVersion', 'agentDescription', 'framework', 'spiffeId'] as const)
      delete identity[own];
  const all: Given = { ...given, tenant: given.tenant ?? outer.tenant ?? environment().tenant };
  add<Identity>(identity, all as Identity);
  return identity;
}

/**
 * Runs `fn` under a role of the current agent: its calls are attributed to agent → role → model. Answers what `fn` answers.
 *
 * @example
 * const notes = await role('researcher', () => openai.chat.completions.create({ … }));
 */
export function role<Result>(name: string, fn: () => Result): Result {
  let begun: Begun;
  try {
    begun = new Begun({}, { ...currentIdentity(), role: name });
  } catch {
    return fn();
  }
  return followResult(begun, () => runIn(begun.frame, fn)) as Result;
}
