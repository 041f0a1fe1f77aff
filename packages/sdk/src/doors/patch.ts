import type { Adapter, PatchPoint } from '../adapter.ts';
import { callThrough, type Watched } from '../kernel.ts';
import type { WatchOptions } from '../options.ts';
import type { Recorder } from '../recorder.ts';
import { type Method, originalOf, shadow } from '../shadow.ts';
import { silence } from '../silence.ts';

/** One instrumentor's say in one library: while it is on, its options hold for the clients it reaches. */
export interface Owner {
  readonly adapter: Adapter;
  on(options: WatchOptions, recorder: Recorder | undefined): void;
  off(): void;
  /** The client as the kernel wants it, with the options of now. */
  watched(client: object): Watched;
}

/** A method with our wrapper in front, shared by everybody who instruments the library: the latest one's options hold. */
interface Patch {
  owners: Owner[];
  restore(): void;
}
const patches = new WeakMap<object, Map<string, Patch>>();
/** By owner: what it takes part in. */
const parts = new WeakMap<Owner, Set<() => void>>();

export function own(adapter: Adapter): Owner {
  let options: WatchOptions = {};
  let recorder: Recorder | undefined;
  const silenced = new Silenced();
  const owner: Owner = {
    adapter,
    on(nextOptions, nextRecorder) {
      options = nextOptions;
      recorder = nextRecorder;
    },
    off() {
      for (const leave of parts.get(owner) ?? []) leave();
      parts.delete(owner);
      silenced.giveBack();
    },
    watched(client) {
      const watched: Watched = { client, adapter, options, recorder };
      silenced.once(watched);
      return watched;
    },
  };
  return owner;
}

/** Puts our wrapper in front of a method, unless it stands there, and gives the owner a say in it. */
export function patch(owner: Owner, point: PatchPoint): void {
  const { holder, method: name } = point;
  const known = patches.get(holder) ?? new Map<string, Patch>();
  patches.set(holder, known);
  let shared = known.get(name);
  if (!shared) {
    const owners: Owner[] = [];
    const restore = shadowMethod(point, owners);
    // Another copy of us was here first and records it.
    if (!restore) return;
    shared = { owners, restore };
    known.set(name, shared);
  }
  const { owners, restore } = shared;
  if (owners.includes(owner)) return;
  owners.push(owner);
  const mine = parts.get(owner) ?? new Set();
  parts.set(owner, mine);
  mine.add(() => {
    owners.splice(owners.indexOf(owner), 1);
    if (owners.length > 0) return;
    // If somebody stands on top, the wrapper stays and passes on for ever; whoever instruments again gets a new one.
    known.delete(name);
    restore();
  });
}

function wrapperOf({ call, clientOf }: PatchPoint, method: Method, owners: readonly Owner[]) {
  return function (this: unknown, ...args: unknown[]): unknown {
    const owner = owners.at(-1);
    const client = owner && attempt(() => clientOf(this));
    if (!client) return Reflect.apply(method, this, args);
    return callThrough(owner.watched(client), call, method, this, args);
  };
}

function shadowMethod(point: PatchPoint, owners: readonly Owner[]): (() => void) | undefined {
  const { holder, method: name } = point;
  const method = (holder as Record<string, unknown>)[name] as Method;
  if (typeof method !== 'function' || originalOf(method) !== method) return undefined;
  return shadow(holder, name, method, wrapperOf(point, method, owners));
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Clients whose own spans were stopped, each once, held weakly: they are the program's. */
class Silenced {
  #seen = new WeakSet<object>();
  readonly #undo = new WeakMap<object, () => void>();
  #clients: WeakRef<object>[] = [];
  #sweepAt = 64;

  once(watched: Watched): void {
    const { client } = watched;
    if (this.#seen.has(client)) return;
    this.#seen.add(client);
    const undo = silence(watched);
    if (!undo) return;
    this.#undo.set(client, undo);
    this.#clients.push(new WeakRef(client));
    if (this.#clients.length < this.#sweepAt) return;
    this.#clients = this.#clients.filter((each) => each.deref() !== undefined);
    this.#sweepAt = Math.max(64, this.#clients.length * 2);
  }

  giveBack(): void {
    for (const each of this.#clients) {
      const client = each.deref();
      if (client) attempt(() => this.#undo.get(client)?.());
    }
    this.#clients = [];
    this.#seen = new WeakSet();
  }
}
