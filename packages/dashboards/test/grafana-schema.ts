/** Whether a dashboard is one by Grafana's own types: what they do not name is a fault, and so is what they demand and it lacks. */
import { Ajv, type ValidateFunction } from 'ajv';
import type { GrafanaTypes } from './grafana-types.ts';
import { faultOf, type Schema, schemaOfTypes } from './schema-of-types.ts';

export interface StoredDashboard {
  panels: StoredPanel[];
}

interface StoredPanel {
  title: string;
  type: string;
  options: unknown;
  fieldConfig: { defaults: { custom?: unknown } };
}

/** `faultsOf(dashboard)`: a line for each fault, none when it is right. */
export function grafanaSchema(): (dashboard: StoredDashboard) => string[] {
  const { dashboard, options, custom } = schemaOfTypes<GrafanaTypes>('grafana-types.ts', 'GrafanaTypes');
  const ajv = new Ajv({ strict: false, allErrors: true });
  const byType = ({ properties }: Schema) =>
    new Map(Object.entries(properties).map(([type, schema]) => [type, ajv.compile(schema)]));
  const [isDashboard, optionsOf, customOf] = [ajv.compile(dashboard), byType(options), byType(custom)];
  const check = (validate: ValidateFunction | undefined, value: unknown, where: string) => {
    if (!validate) return [`${where}: no such kind`];
    validate(value);
    return (validate.errors ?? []).map((error) => `${where}${faultOf(error)}`);
  };
  return (stored) => [
    ...check(isDashboard, stored, ''),
    ...stored.panels.flatMap(({ title, type, options: given, fieldConfig: { defaults } }) => [
      ...check(optionsOf.get(type), given, `${title}: ${type} options`),
      ...(defaults.custom === undefined ? [] : check(customOf.get(type), defaults.custom, `${title}: ${type} custom`)),
    ]),
  ];
}
