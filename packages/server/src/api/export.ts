/** The data is the user's. */
import { limits } from '@tallyspan/facts';
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { filters } from './shapes.ts';

export const ExportQuery = z.object({
  ...filters,
  format: z.enum(['parquet', 'csv', 'jsonl']).default('csv'),
  what: z.enum(['spans', 'costs']).default('spans').describe('spans, newest first; or the rows of the cost pivot'),
  by: z.string().default('agent,role,model').describe('dimensions of the pivot, as of /api/v1/costs'),
  traceId: z.string().optional().describe('only this trace'),
  content: z
    .enum(['true', 'false'])
    .default('false')
    .describe('of spans: also messages, tool arguments and results, events and attributes that nobody knows'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(limits.exportRowsMax)
    .default(limits.exportRowsMax)
    .describe(
      'rows at most. The headers x-tallyspan-rows and x-tallyspan-truncated say how many come, and whether there are more',
    ),
});

export const exportRoutes = {
  exportData: {
    method: 'get',
    path: '/api/v1/export',
    summary:
      'Spans or costs as a file: CSV (RFC 4180; a text that a spreadsheet would take for a formula begins with an apostrophe), JSON lines, or Parquet',
    query: ExportQuery,
    produces: 'application/octet-stream',
  },
} as const satisfies RouteTable;
