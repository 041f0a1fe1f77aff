import type { Dialect, DialectName } from './column.ts';
import { hexr } from './hexr.ts';
import { otel } from './otel.ts';

/** Every dialect we speak. The order is the order of trust when two say different things of one span. */
export const dialects: Record<DialectName, Dialect> = { otel, hexr };
