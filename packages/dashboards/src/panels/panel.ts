/** A panel as data. Dashboards, the manifest and the tests are made from these rows; nobody edits JSON. */
import type { Unit } from './units.ts';

/** Who exposes what the panel shows. */
export type Source = 'tallyspan' | 'sdk' | 'envoy' | 'spire' | 'vault' | 'valkey' | 'collector';

/** How it is drawn. All but `lines` and `heat` show one figure for the chosen time. */
export type Kind = 'lines' | 'heat' | 'figure' | 'bars' | 'pie' | 'table';

export interface PromQuery {
  promql: string;
  /** With `{{label}}`. */
  legend: string;
}

export interface Panel {
  /** Of one dashboard, for ever: links and the tests name it. */
  id: string;
  title: string;
  /** What it tells and how to read it; the panel's tooltip. */
  meaning: string;
  unit: Unit;
  source: Source;
  kind: Kind;
  queries: readonly PromQuery[];
  /** The same from our tables in ClickHouse; absent where they do not say it. Lines have a column `time`. */
  sql?: string;
  /** From this value on it is yellow, and red: for figures. */
  warn?: number;
  bad?: number;
  /** The lower value is the bad one. */
  lowIsBad?: true;
}

export interface Board {
  /** Address and file name. */
  uid: string;
  title: string;
  about: string;
  panels: readonly Panel[];
}
