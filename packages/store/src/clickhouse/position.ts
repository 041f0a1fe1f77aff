import type { LogPosition } from '../store.ts';
import type { Connection } from './connection.ts';
import { positionColumns } from './tables.ts';

interface PositionRow extends LogPosition {
  replica: string;
  number: bigint;
}

const valueOf: Record<string, (row: PositionRow) => unknown> = {
  replica: ({ replica }) => replica,
  segment: ({ segment }) => BigInt(segment),
  byte_offset: ({ offset }) => BigInt(offset),
  number: ({ number }) => number,
};
const columns = positionColumns.map(({ name, type }) => ({ name, type, of: valueOf[name]! }));

/** Where the log of one replica of the server stands. Only that replica writes it, one at a time. */
export class Position {
  readonly #connection: Connection;
  readonly #replica: string;
  /** Each position has the number after the last one, so it does not matter whose clock is right. */
  #number: bigint | undefined;

  constructor(connection: Connection, replica: string) {
    this.#connection = connection;
    this.#replica = replica;
  }

  async read(): Promise<LogPosition | undefined> {
    const sql = 'SELECT segment, byte_offset, number FROM positions FINAL WHERE replica = {replica:String}';
    const [row] = await this.#connection.query(sql, { replica: this.#replica });
    this.#number ??= row === undefined ? 0n : (row.number as bigint);
    return row && { segment: Number(row.segment), offset: Number(row.byte_offset) };
  }

  async write(position: LogPosition): Promise<void> {
    if (this.#number === undefined) await this.read();
    const number = this.#number! + 1n;
    await this.#connection.insert({ table: 'positions', columns }, [{ ...position, replica: this.#replica, number }]);
    this.#number = number;
  }
}
