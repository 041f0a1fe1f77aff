import type { Log, LogEntry, LogPosition, LogRecord } from '@tallyspan/store';

/** A log without a disk, for tests of what happens around it. Positions count records. */
export class MemoryLog implements Pick<Log, 'append' | 'read' | 'trim'> {
  records: LogEntry[] = [];
  trimmed: LogPosition | undefined;
  /** Thrown by the next append. */
  failure: Error | undefined;

  async append({ meta, body }: LogRecord): Promise<LogPosition> {
    if (this.failure) throw this.failure;
    const position = { segment: 1, offset: this.records.length + 1 };
    this.records.push({ position, meta, body });
    return position;
  }

  async *read(from?: LogPosition): AsyncGenerator<LogEntry> {
    for (let index = from?.offset ?? 0; index < this.records.length; index++) yield this.records[index]!;
  }

  async trim(before: LogPosition): Promise<void> {
    this.trimmed = before;
  }
}
