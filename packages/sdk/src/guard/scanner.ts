/** `input` is what goes to the model, `output` is what came back. */
export type Direction = 'input' | 'output';

/** Who wrote a text. The developer's own `system` text is trusted; what a tool brought in (`tool`) is trusted least. */
export type Origin = 'system' | 'user' | 'assistant' | 'tool';

export interface GuardText {
  text: string;
  /** Default: `user` for input, `assistant` for output. */
  origin?: Origin;
}

/** A place in a text: UTF-16 offsets, end excluded, and what kind of thing is there. Never the thing itself. */
export interface Span {
  start: number;
  end: number;
  kind: string;
}

export interface ScanContext {
  direction: Direction;
  /** Of the text in hand. Undefined when several texts are judged as one. */
  origin: Origin | undefined;
  /** Where several texts are judged as one: where each begins, and who wrote it. */
  parts?: readonly { from: number; origin: Origin }[];
  /** For output: what was asked, all texts but the system's joined by line feeds. */
  prompt: string;
  /** The system text that belongs to the call, on both sides. */
  system: string;
  /** Aborted when nobody waits any more. */
  signal: AbortSignal;
  /** True once the time for this scan is used up. Long scans ask now and then, and answer what they have as `partial`. */
  expired(): boolean;
}

export interface Score {
  /** 0 is harmless, 1 is certain. */
  score: number;
  threshold: number;
}

export interface ScanResult extends Score {
  /** `score < threshold`, unless the scanner has a better answer. */
  isValid: boolean;
  spans: readonly Span[];
  /** The text without what was found, where a scanner rewrites it itself. Most leave this to the guard, see {@link Scanner.redacts}. */
  sanitized?: string;
  /** For a scanner that speaks for several: each one's own result, under its own name. `redacted`: what it found is not in `sanitized`. */
  parts?: Readonly<Record<string, Score & { isValid: boolean; redacted?: boolean }>>;
  /** True when the time ran out before the whole text was seen. */
  partial?: boolean;
}

/**
 * Looks at one text and says how sure it is that something is wrong. Runs in linear time, keeps nothing, and may throw: the guard
 * then passes or refuses as its policy says.
 *
 * @example
 * const shouting: Scanner = {
 *   name: 'Shouting',
 *   directions: ['input'],
 *   scan: (text) => verdictOf(text === text.toUpperCase() ? 1 : 0, 0.5),
 * };
 */
export interface Scanner {
  /** Unique within a policy. Appears in errors, spans and metrics. */
  name: string;
  directions: readonly Direction[];
  /** Texts of other origins are not shown to it. Default: all. */
  origins?: readonly Origin[];
  /** True: the texts are judged as one, so that an attack split over several messages is seen. */
  joins?: boolean;
  /** True: the places it found may be replaced by names like `[EMAIL_1]`, after which the text is fine. */
  redacts?: boolean;
  /** True: the text leaves the process. Such scanners are asked last, and not at all when a local one already blocks. */
  remote?: boolean;
  /** Loads what it needs. The guard calls it when it is switched on, so that the first call need not wait. */
  ready?(): Promise<void>;
  scan(text: string, context: ScanContext): ScanResult | Promise<ScanResult>;
}

/** A result from a score. */
export function verdictOf(score: number, threshold: number, spans: readonly Span[] = []): ScanResult {
  return { score, threshold, isValid: score < threshold, spans };
}
