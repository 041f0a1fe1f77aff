/** Where the text that a span can be grouped, filtered and counted by lies. Both engines have these columns. */
import type { TextField } from '@tallyspan/facts/query';
import { defaultTenant } from './span-columns.ts';

/** NULL where a span does not say. */
export const spanTexts: Record<TextField, string> = {
  tenant: `CASE WHEN tenant_given THEN tenant END`,
  agent: 'agent',
  role: 'role',
  provider: 'provider',
  model: 'coalesce(response_model, request_model)',
  request_model: 'request_model',
  response_model: 'response_model',
  operation: 'operation',
  user: 'user_id',
  session: 'session_id',
  run_id: 'run_id',
  tool: 'tool',
  name: 'name',
  service: 'service',
  scope: `nullif(scope_name, '')`,
  kind: 'kind',
  status: `CASE WHEN status = 'error' THEN 'error' ELSE 'ok' END`,
  error: `coalesce(error_type, CASE WHEN status = 'error' THEN 'error' END)`,
  guard: 'guard_outcome',
  peer: 'peer_agent',
  task: 'task_state',
  group: 'comparison_group',
  source: 'cost_source',
};

/** What a value is compared with: nobody's spans are those of the tenant "default". */
export const comparedTexts: Record<TextField, string> = {
  ...spanTexts,
  tenant: `coalesce(tenant, '${defaultTenant}')`,
};
