/** See progress.mjs, which is plain JavaScript because it also runs before anything is installed. */
export interface Progress {
  /** A line of its own, above the moving one. */
  note(text: string): void;
  /** Ends the moving line with a tick and the time it took. */
  done(text?: string): void;
  failed(text?: string): void;
}
export function startProgress(title: string, stream?: NodeJS.WriteStream): Progress;
