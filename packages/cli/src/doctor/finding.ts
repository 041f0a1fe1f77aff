/** One thing that the doctor looked at. */
export interface Finding {
  /** `bad` keeps spans from arriving; `warn` may; `info` is good to know. */
  state: 'ok' | 'info' | 'warn' | 'bad';
  what: string;
  /** What to do; missing where there is nothing to do. */
  fix?: string;
}

export interface Program {
  /** Where the program is: its `package.json` and `node_modules`. */
  directory: string;
  env: Readonly<Record<string, string | undefined>>;
}
