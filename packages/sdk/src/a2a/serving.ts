import type { Facts, Identity } from '@tallyspan/facts';
import type { Begun } from '../begin.ts';
import type { Failure } from '../failure.ts';
import { add } from '../read.ts';
import type { Frame } from '../state.ts';
import { taskIs } from './lifecycle.ts';
import { failureOf, type TaskFacts } from './task.ts';

/**
 * One request that is handled: its span ends when its caller has the answer and the agent has done its work, whichever is later. A caller
 * may not wait for the end, and a stream may be left.
 */
export class Serving {
  readonly #begun: Begun;
  /** Who waits: the caller, and the agent while it works. */
  #holders = 1;
  #failure: Failure | undefined;

  constructor(begun: Begun) {
    this.#begun = begun;
  }

  get frame(): Frame {
    return this.#begun.frame;
  }

  get identity(): Identity {
    return this.#begun.facts;
  }

  get isOpen(): boolean {
    return this.#holders > 0;
  }

  isOf(messageId: string | undefined): boolean {
    return this.#begun.facts.a2aMessageId === messageId;
  }

  knows(facts: TaskFacts): void {
    if (this.isOpen) add<Facts>(this.#begun.facts, facts);
  }

  /** What is known of the task is so now. */
  told(): void {
    const { a2aTaskId, a2aTaskState } = this.#begun.facts;
    if (a2aTaskId !== undefined && a2aTaskState !== undefined) taskIs(a2aTaskId, a2aTaskState, this.identity);
  }

  hold(): void {
    this.#holders++;
  }

  release(failure?: Failure): void {
    this.#failure ??= failure;
    if (--this.#holders === 0) this.#begun.end(this.#failure ?? failureOf(this.#begun.facts));
  }
}
