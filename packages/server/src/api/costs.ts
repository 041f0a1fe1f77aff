/** The cost pivot. */
import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { filters, Totals, totals } from './shapes.ts';

export const CostNode: z.ZodType<CostNode> = z.lazy(() =>
  z.object({
    dimension: z.string(),
    value: z.string().nullable().describe('null where the spans do not say'),
    ...totals,
    children: z.array(CostNode),
  }),
);
export interface CostNode extends Totals {
  dimension: string;
  value: string | null;
  children: CostNode[];
}

export const Costs = z.object({
  by: z.array(z.string()),
  total: Totals,
  rows: z.array(z.object({ key: z.array(z.string().nullable()), ...totals })).describe('flat, dearest first'),
  tree: z.array(CostNode).describe('the same rows nested in the order of by, dearest first at each level'),
  truncated: z
    .boolean()
    .describe('whether there were more rows than one answer holds; the total is exact all the same'),
});
export type Costs = z.infer<typeof Costs>;

const DIMENSIONS = 'tenant, agent, run, role, provider, model, operation, user, session';

export const CostsQuery = z.object({
  ...filters,
  by: z
    .string()
    .default('agent,role,model')
    .describe(
      `comma-separated, in the order of nesting: ${DIMENSIONS}, any other text field of /api/v1/facets, attributes as attr.<key> or resource.<key>, and buckets of time as time:minute, time:hour or time:day (their value is the start of the bucket). A run is its number among the runs of its agent, so ask for agent,run`,
    ),
  traceId: z.string().optional().describe('only this trace'),
});
export const costRoutes = {
  getCosts: { method: 'get', path: '/api/v1/costs', summary: 'The cost pivot', query: CostsQuery, answer: Costs },
} as const satisfies RouteTable;
