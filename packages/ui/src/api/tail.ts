/**
 * The live tail: one stream of server-sent events for the whole page, which says which traces just got spans.
 *
 *   connecting ──open──► live ──error──► lost ──(1 s, 2 s, 4 s … 30 s)──► connecting
 *
 * A browser gives up on an EventSource that was answered with an error, so the reconnecting is done here.
 * A page that nobody looks at holds no connection: HTTP/1.1 allows six for one origin, and tabs share them.
 */
export type TailState = 'connecting' | 'live' | 'lost';

/** Trace ids that got spans; `null` after a gap, when any trace may have changed. */
export type TailListener = (traceIds: ReadonlySet<string> | null) => void;

export interface TailSource {
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
  close(): void;
}

const RETRY_MS_FIRST = 1_000;
const RETRY_MS_MAX = 30_000;
/** Events within this time are told together: a batch of an exporter touches the same trace many times. */
const GATHER_MS = 250;

export class Tail {
  state: TailState = 'connecting';
  readonly #open: () => TailSource;
  readonly #listeners = new Set<TailListener>();
  readonly #stateListeners = new Set<() => void>();
  #source: TailSource | null = null;
  #retryMs = RETRY_MS_FIRST;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #gathered = new Set<string>();
  #gap = false;

  constructor(open: () => TailSource) {
    this.#open = open;
  }

  /** Opens the stream; does nothing when it is open already. */
  start(): void {
    if (this.#source || this.#retry !== undefined) return;
    this.#connect();
  }

  /** Closes the stream. What is missed until the next start is told as a gap. */
  stop(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#gathering);
    this.#retry = this.#gathering = undefined;
    this.#gathered.clear();
    this.#source?.close();
    if (this.#source || this.state === 'lost') this.#gap = true;
    this.#source = null;
  }

  /** Tries at once instead of waiting for the next turn. */
  retryNow(): void {
    if (this.state !== 'lost' || this.#source) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#connect();
  }

  readonly onSpans = (listener: TailListener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly onState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  #connect(): void {
    if (this.state === 'live') this.#become('connecting');
    const source = this.#open();
    this.#source = source;
    const current = (handle: (event: { data?: unknown }) => void) => (event: { data?: unknown }) => {
      if (this.#source === source) handle(event);
    };
    source.addEventListener(
      'open',
      current(() => {
        this.#retryMs = RETRY_MS_FIRST;
        this.#become('live');
        if (this.#gap) this.#tell(null);
        this.#gap = false;
      }),
    );
    source.addEventListener(
      'spans',
      current((event) => this.#gather(traceIdsOf(event.data))),
    );
    source.addEventListener(
      'error',
      current(() => this.#lose()),
    );
  }

  #lose(): void {
    this.#source?.close();
    this.#source = null;
    this.#gap = true;
    this.#become('lost');
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#connect();
    }, this.#retryMs);
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
  }

  #gather(traceIds: readonly string[]): void {
    for (const traceId of traceIds) this.#gathered.add(traceId);
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      const told = this.#gathered;
      this.#gathered = new Set();
      if (told.size) this.#tell(told);
    }, GATHER_MS);
  }

  #tell(traceIds: ReadonlySet<string> | null): void {
    for (const listener of this.#listeners) listener(traceIds);
  }

  #become(state: TailState): void {
    if (this.state === state) return;
    this.state = state;
    for (const listener of this.#stateListeners) listener();
  }
}

function traceIdsOf(data: unknown): string[] {
  try {
    const parsed = JSON.parse(String(data)) as { traceIds?: unknown };
    return Array.isArray(parsed.traceIds) ? parsed.traceIds.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
