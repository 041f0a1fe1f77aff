/** Parquet written row group by row group, so that memory is bounded by one of them. */
import { ByteWriter, ParquetWriter, schemaFromColumnData, type SchemaElement } from 'hyparquet-writer';
import type { Cell, Column } from './columns.ts';

const types = {
  text: 'STRING',
  decimal: 'DOUBLE',
  number: 'DOUBLE',
  count: 'INT64',
  flag: 'BOOLEAN',
  time: 'INT64',
} as const;

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

export class ParquetFile<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;

  constructor(columns: readonly Column<Row>[]) {
    this.#columns = columns;
    const schemaOverrides = Object.fromEntries(
      columns.filter(({ type }) => type === 'time').map(({ name }) => [name, nanoTime(name)] as const),
    );
    const columnData = columns.map(({ name, type }) =>
      type === 'time' ? { name, data: [] } : { name, data: [], type: types[type], nullable: true },
    );
    const schema = schemaFromColumnData({ columnData, schemaOverrides });
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema, createdBy: 'tallyspan' });
  }

  /** One row group; answers the bytes that are new. */
  write(rows: readonly Row[]): Uint8Array {
    const columnData = this.#columns.map((column) => ({
      name: column.name,
      data: rows.map((row) => parquetCell(column.type, column.of(row))),
      // The places of pages, which would be kept until the end.
      offsetIndex: false,
    }));
    if (rows.length > 0) void this.#writer.write({ columnData, rowGroupSize: rows.length });
    return this.#take();
  }

  /** The end of the file. */
  finish(): Uint8Array {
    void this.#writer.finish();
    return this.#take();
  }

  #take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

function nanoTime(name: string): SchemaElement {
  return {
    name,
    type: 'INT64',
    repetition_type: 'OPTIONAL',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
  };
}

/** What does not fit is left out, never cut: the exact figure stands in the other formats. */
function parquetCell(type: Column<unknown>['type'], value: Cell | undefined): Cell {
  if (value === undefined || value === null) return null;
  if (type === 'decimal') return Number(value);
  if (type !== 'count' && type !== 'time') return value;
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return null;
  const whole = BigInt(value as number | bigint);
  return whole < int64.min || whole > int64.max ? null : whole;
}
