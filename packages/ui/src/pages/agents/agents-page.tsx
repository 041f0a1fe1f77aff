import { getRouteApi } from '@tanstack/react-router';
import { AgentList } from './agent-list.tsx';
import { RunList } from './run-list.tsx';

const route = getRouteApi('/agents');

/** All agents, or the runs of one of them. */
export function AgentsPage() {
  const { agent, tenant } = route.useSearch();
  return agent === undefined ? <AgentList /> : <RunList key={`${tenant} ${agent}`} agent={agent} tenant={tenant} />;
}
