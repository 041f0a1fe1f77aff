/** Alerts as they are kept. */
import type { AlertChannel, AlertRule } from '../api.ts';

/** The body of an object of the kind `alerts`. */
export interface AlertDefinition {
  name: string;
  enabled: boolean;
  /** Whose it is; undefined is about all. */
  tenant?: string | undefined;
  rule: AlertRule;
  /** Webhooks have their secret. */
  channels: AlertChannel[];
}

/** Something to be told: that a rule holds for something, or holds no more. */
export interface AlertEvent {
  /** The same for the same happening, however often it is noticed: receivers can tell repeats by it. */
  id: string;
  atMs: number;
  alert: { id: string; name: string } | undefined;
  state: 'firing' | 'resolved' | 'test';
  on: AlertRule['on'];
  tenant: string | undefined;
  key: string;
  text: string;
}
