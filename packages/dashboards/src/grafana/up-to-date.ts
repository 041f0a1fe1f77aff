/** The builders write for a Grafana before 13. Older ones pass over what is changed here; the types of the present one ask for it. */
import { type Dashboard, type Panel, type RowPanel, VariableType } from '@grafana/grafana-foundation-sdk/dashboard';

export function upToDate(dashboard: Dashboard): Dashboard {
  const { templating, panels, ...rest } = dashboard;
  return {
    ...rest,
    templating: { list: templating?.list?.map((variable) => withoutSteps(variable)) ?? [] },
    panels: panels?.map((panel) => changed(panel)) ?? [],
  };
}

type Variable = NonNullable<NonNullable<Dashboard['templating']>['list']>[number];

/** The builders give every variable the steps of an interval. */
function withoutSteps(variable: Variable): Variable {
  if (variable.type === VariableType.Interval) return variable;
  const { auto: _, auto_min: _min, auto_count: _count, ...rest } = variable;
  return rest;
}

function changed(panel: Panel | RowPanel): Panel | RowPanel {
  if (!('options' in panel)) return panel;
  const { footer: _, ...options } = panel.options as Record<string, unknown>;
  // The footer of a table belongs to its columns now, and slices of a pie have an order.
  return { ...panel, options: panel.type === 'piechart' ? { ...options, sort: 'desc' } : options };
}
