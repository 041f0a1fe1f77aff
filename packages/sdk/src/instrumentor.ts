import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import type { Adapter } from './adapter.ts';
import { warmPrices } from './cost.ts';
import { asExports, copiesOf, type Exports } from './doors/copies.ts';
import { onLoad } from './doors/loads.ts';
import { type Owner, own, patch } from './doors/patch.ts';
import { pointsOf } from './doors/points.ts';
import type { WatchOptions } from './options.ts';
import { OtelRecorder } from './otel-recorder.ts';
import { warnOfContent } from './pipeline.ts';
import type { Recorder } from './recorder.ts';
import { state, warnOnce } from './state.ts';
import { VERSION } from './version.ts';

/** How a library is instrumented as a whole. */
export interface InstrumentOptions extends WatchOptions {
  /**
   * The library, or one of its client classes, as your program imported it: `instrument({ module: OpenAI })`. Needed where a bundler
   * put the library into your program. Default: the copies that `import` and `require` find from the current folder, and those
   * that are loaded later.
   */
  module?: unknown;
  /** Spans of this library go here. Default: where all spans go; see {@link init}. */
  tracerProvider?: TracerProvider;
  /** Metrics of this library go here, and its spans to `tracerProvider` or the registered provider. Default: where all metrics go. */
  meterProvider?: MeterProvider;
}

/**
 * The class door: every client of a library, made before or after, is recorded, without touching the places that make them. For
 * frameworks that make their own clients; where you make the client, `watch(client)` says it more plainly.
 *
 * Not `@huggingface/inference`, whose methods are fixed on each client: `watch` reaches those.
 *
 * @example
 * const instrumentor = new OpenAIInstrumentor();
 * instrumentor.instrument();
 * // … later, the library is exactly as it was:
 * instrumentor.uninstrument();
 */
export class Instrumentor {
  readonly #owners: readonly Owner[];
  #stopListening: (() => void) | undefined;
  #on = false;

  constructor(...adapters: readonly Adapter[]) {
    this.#owners = adapters.map((adapter) => own(adapter));
  }

  /** npm names of the libraries it reaches. */
  get packages(): readonly string[] {
    return this.#owners.map(({ adapter }) => adapter.package);
  }

  get isInstrumented(): boolean {
    return this.#on;
  }

  /**
   * Idempotent: called twice, calls are still recorded once, and the later options hold; so do those of the later of two
   * instrumentors. Content is asked for per call, so `init` and the environment may change their mind. Never throws for a library
   * that is missing or unknown: one diagnostic line says so.
   */
  instrument({ module, tracerProvider, meterProvider, ...options }: InstrumentOptions = {}): this {
    if (options.captureContent && process.env.NODE_ENV === 'production') warnOfContent();
    warmPrices();
    const recorder = recorderOf(tracerProvider, meterProvider);
    this.#on = true;
    for (const owner of this.#owners) owner.on(options, recorder);
    if (module === undefined) this.#findCopies();
    else this.#patchGiven(asExports(module));
    return this;
  }

  /** Gives every method back as it was. A wrapper under somebody else's stays, and only passes on. */
  uninstrument(): this {
    this.#on = false;
    this.#stopListening?.();
    this.#stopListening = undefined;
    for (const owner of this.#owners) owner.off();
    return this;
  }

  /** A module is of one library; which one, its shape says. */
  #patchGiven(exports: Exports): void {
    let patched = 0;
    for (const owner of this.#owners) patched += patchCopy(owner, exports);
    if (patched === 0) warnOfShape(this.#owners[0]!, 'the module given to instrument()');
  }

  #findCopies(): void {
    const found = this.#owners.filter((owner) => {
      const { package: name } = owner.adapter;
      const installed = copiesOf(name);
      for (const copy of installed?.copies ?? []) if (patchCopy(owner, copy) === 0) warnOfShape(owner, name);
      if (installed?.problem !== undefined)
        warnOnce(`copy:${name}`, `${name} could not be looked at (${installed.problem}); use instrument({ module })`);
      return installed !== undefined;
    });
    this.#stopListening ??= listen(this.#owners);
    if (found.length > 0) return;
    const names = this.#owners.map((owner) => owner.adapter.package).join(' or ');
    warnOnce(
      `missing:${names}`,
      `${names} was not found from ${process.cwd()}; install it, or use instrument({ module })`,
    );
  }
}

/** An instrumentor of these libraries, to be named: `class OpenAIInstrumentor extends instrumentorOf(openai) {}`. */
/* @__NO_SIDE_EFFECTS__ */
export function instrumentorOf(...adapters: readonly Adapter[]): new () => Instrumentor {
  return class extends Instrumentor {
    constructor() {
      super(...adapters);
    }
  };
}

/** Patches what is loaded from now on. Shared with the zero-code door. */
export function listen(owners: readonly Owner[]): () => void {
  return onLoad(
    owners.map(({ adapter }) => ({ package: adapter.package })),
    (name, exports, version) => {
      for (const owner of owners) {
        if (owner.adapter.package !== name) continue;
        if (patchCopy(owner, asExports(exports)) === 0) warnOfShape(owner, `${name} ${version ?? ''}`.trim());
      }
    },
  );
}

/** How many methods of a copy are patched now. */
function patchCopy(owner: Owner, exports: Exports): number {
  let patched = 0;
  try {
    for (const point of pointsOf(owner.adapter, exports)) {
      patch(owner, point);
      patched++;
    }
  } catch {
    // A shape we do not know: what is said of it is said by whoever asked.
  }
  return patched;
}

function warnOfShape({ adapter }: Owner, what: string): void {
  const { clients, package: name, versions, fixed } = adapter;
  const reason = fixed
    ? `${name} fixes its methods on each client, where no class reaches them. It works as before; use watch(client)`
    : `none of its classes (${clients.join(', ')}) has the methods we know from ${name} ${versions}. It works as before; ` +
      'try watch(client), or a newer @tallyspan/sdk';
  warnOnce(`shape:${what}`, `${what} is not instrumented: ${reason}`);
}

function recorderOf(tracers: TracerProvider | undefined, meters: MeterProvider | undefined): Recorder | undefined {
  if (!tracers && !meters) return undefined;
  const tracer = (tracers ?? trace.getTracerProvider()).getTracer('@tallyspan/sdk', VERSION);
  return new OtelRecorder(tracer, state.options, meters);
}
