/** Whether Kubernetes would take what a chart renders: its own schemas, and nothing that they do not name, as its API server's strict mode wants it. */
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Ajv } from 'ajv';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { Service } from 'kubernetes-models/v1/Service';
import type { KubernetesTypes } from './kubernetes-types.ts';
import type { Resource } from './render-chart.ts';
import { faultOf, schemaOfTypes } from './schema-of-types.ts';

type Model = new (data: never) => { validate(): void };

const models: Record<string, Model> = { HorizontalPodAutoscaler, NetworkPolicy, Service, ServiceMonitor, StatefulSet };

/** `faultsOf(resource)`: a line for each fault, none when it is right. */
export function kubernetesSchema(): (resource: Resource) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const schemas = schemaOfTypes<KubernetesTypes>('kubernetes-types.ts', 'KubernetesTypes', { shared: true });
  const closed = new Map(Object.entries(schemas).map(([kind, schema]) => [kind, ajv.compile(schema)]));
  return (resource) => {
    const { kind } = resource;
    const [isClosed, Model] = [closed.get(kind), models[kind]];
    if (!isClosed || !Model) return [`${kind}: no such kind`];
    isClosed(resource);
    const faults = (isClosed.errors ?? []).map((error) => `${kind}${faultOf(error)}`);
    try {
      new Model(resource as never).validate();
    } catch (error) {
      faults.push(`${kind}: ${(error as Error).message}`);
    }
    return faults;
  };
}
