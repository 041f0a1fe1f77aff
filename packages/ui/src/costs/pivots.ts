/** The pivots a person is offered. The address may ask for any other order of dimensions. */
export interface Pivot {
  by: string;
  text: string;
  title: string;
}

export const PIVOTS: readonly Pivot[] = [
  pivot('agent,role,model', 'Agents'),
  pivot('tenant,agent,role,model', 'Tenants'),
  pivot('agent,run,role,model', 'Runs'),
  pivot('provider,model', 'Models'),
  pivot('user,agent,model', 'Users'),
];

export const DEFAULT_BY = PIVOTS[0]!.by;

/** `agent → role → model`, in words for those who hear it. */
export function pivotTitle(by: string): string {
  return by.split(',').join(', then ');
}

function pivot(by: string, text: string): Pivot {
  return { by, text, title: `By ${pivotTitle(by)}` };
}
