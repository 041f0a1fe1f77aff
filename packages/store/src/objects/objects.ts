/**
 * What the server keeps beside spans: keys, budgets, alerts, price overrides, saved views, the audit log. Few and small, read often,
 * changed by people. Kept apart from the spans, so that neither retention nor a damaged span store touches them.
 */

/** A record of one kind. `id` is unique within its kind; `body` is JSON. */
export interface StoredObject<Body = unknown> {
  id: string;
  body: Body;
  /** Counts up from 1 with each change; what a change is checked against. */
  version: number;
  /** Unix milliseconds. */
  changedAt: number;
}

export interface Objects {
  /** All of a kind, by id. Sees what other servers on the same store changed, within `limits.objectsStaleMsMax`. */
  list<Body>(kind: string): Promise<StoredObject<Body>[]>;
  get<Body>(kind: string, id: string): Promise<StoredObject<Body> | undefined>;
  /**
   * Puts it there durably before it answers. `expected` is the version that it replaces, 0 for none; another one there throws
   * OBJECT_CHANGED. Without it the last writer wins.
   */
  put<Body>(kind: string, id: string, body: Body, expected?: number): Promise<StoredObject<Body>>;
  /** Whether there was one. */
  delete(kind: string, id: string): Promise<boolean>;
  close(): Promise<void>;
}
