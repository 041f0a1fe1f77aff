import type { Policy } from './policy.ts';
import type { Direction, GuardText, Origin, ScanContext, Scanner, ScanResult } from './scanner.ts';
import type { Failure } from './verdict.ts';

/** What is to be scanned. */
export interface Task {
  policy: Policy;
  direction: Direction;
  texts: readonly GuardText[];
  prompt: string;
  system: string;
  /** On the clock of `performance.now()`. */
  deadline: number;
}

/** A text as a scanner sees it: one of the call's, or several as one. */
interface Piece {
  text: string;
  origin: GuardText['origin'];
  /** Where the call's texts lie in it: index of the text, and its first offset. */
  parts: readonly { index: number; from: number; origin: Origin }[];
}

/** What one scanner said. */
export interface Report {
  scanner: Scanner;
  results: readonly { piece: Piece; result: ScanResult }[];
  failure?: Failure;
}

/** Asks one scanner about all texts it wants to see. Never throws, never rejects, and waits no longer than the policy says. */
export function ask(scanner: Scanner, task: Task): Report | Promise<Report> {
  const ended = new AbortController();
  const context: Omit<ScanContext, 'origin' | 'parts'> = {
    direction: task.direction,
    prompt: task.prompt,
    system: task.system,
    signal: ended.signal,
    expired: () => performance.now() > task.deadline,
  };
  const results: { piece: Piece; result: ScanResult }[] = [];
  const waiting: Promise<unknown>[] = [];
  try {
    for (const piece of piecesFor(scanner, task)) {
      const result = scanner.scan(piece.text, { ...context, origin: piece.origin, parts: piece.parts });
      if (result instanceof Promise) waiting.push(result.then((later) => results.push({ piece, result: later })));
      else results.push({ piece, result });
    }
  } catch (error) {
    ended.abort();
    for (const promise of waiting) promise.catch(() => undefined);
    return { scanner, results, failure: failureOf(error) };
  }
  if (waiting.length === 0) return { scanner, results, ...budget(results) };
  return settle(Promise.all(waiting), task.policy.timeoutMs).then((failure) => {
    // Whoever still works on it may stop; and what comes late must not change a verdict.
    ended.abort();
    const seen = [...results];
    return { scanner, results: seen, ...(failure ? { failure } : budget(seen)) };
  });
}

function piecesFor(scanner: Scanner, { texts, direction }: Task): Piece[] {
  const shown: Piece[] = [];
  for (const [index, { text, origin = direction === 'input' ? 'user' : 'assistant' }] of texts.entries()) {
    if (text === '' || (scanner.origins && !scanner.origins.includes(origin))) continue;
    shown.push({ text, origin, parts: [{ index, from: 0, origin }] });
  }
  if (!scanner.joins || shown.length < 2) return shown;
  let from = 0;
  const parts = shown.map(({ text, parts: [part] }) => {
    const placed = { ...part!, from };
    from += text.length + 1;
    return placed;
  });
  return [{ text: shown.map(({ text }) => text).join('\n'), origin: undefined, parts }];
}

/** A scanner that stopped half-way and found nothing did not really look. */
function budget(results: Report['results']): { failure?: Failure } {
  return results.some(({ result }) => result.partial && result.isValid) ? { failure: 'budget' } : {};
}

/** How waiting went: undefined when all is well. */
async function settle(all: Promise<unknown>, timeoutMs: number): Promise<Failure | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'timeout' satisfies Failure);
  });
  try {
    return await Promise.race([all.then(() => undefined, failureOf), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A scanner may name the reason: an error with the name `TimeoutError`, or with the code of an open circuit. */
function failureOf(error: unknown): Failure {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
  };
  if (code === 'circuit_open') return 'circuit_open';
  return name === 'TimeoutError' ? 'timeout' : 'error';
}
