/** `@tallyspan/sdk/a2a`: another agent, asked until it is done. `watch(client)` and `watch(requestHandler)` need nothing of this. */
export { type AgentClient, remoteAgent, type RemoteAgent, type RemoteAgentOptions } from './remote-agent.ts';
