/** What is deployed, against the schemas and linters of those who read it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ValidatorSettings, validate, ValidationSeverity } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartCases, valuesOf } from './chart-cases.ts';
import { composeFaults } from './compose-schema.ts';
import { kubernetesSchema } from './kubernetes-schema.ts';
import { renderChart, type Resource } from './render-chart.ts';

const deploy = resolve(import.meta.dirname, '../../../deploy');
const read = (file: string) => readFileSync(join(deploy, file), 'utf8');

describe('the image', () => {
  const error = ValidationSeverity.ERROR;
  const everything: Required<ValidatorSettings> = {
    deprecatedMaintainer: error,
    directiveCasing: error,
    emptyContinuationLine: error,
    instructionCasing: error,
    instructionCmdMultiple: error,
    instructionEntrypointMultiple: error,
    instructionHealthcheckMultiple: error,
    instructionJSONInSingleQuotes: error,
    instructionWorkdirRelative: error,
  };
  const faultsOf = (text: string) => validate(text, everything).map(({ message }) => message);
  const recipe = read('docker/Dockerfile');

  it("is made by a recipe in which the linter of Docker's editors finds nothing", () => {
    expect(faultsOf(recipe)).toEqual([]);
  });

  it.each([
    ['--start-period=15s', '--start-periode=15s', 'Unknown flag: start-periode'],
    ['WORKDIR /app', 'WORKDIR app', 'WORKDIR paths should be absolute'],
    ['EXPOSE 4317 4318', 'EXPOSE 4317 http', 'Invalid containerPort: http'],
    ['FROM ${RUNTIME_IMAGE}', 'FORM ${RUNTIME_IMAGE}', 'Unknown instruction: FORM'],
  ])('a recipe with another word than "%s" is found', (right, wrong, message) => {
    expect(faultsOf(recipe.replace(right, wrong))).toEqual([message]);
  });
});

describe('the compose file', () => {
  const faultsOf = composeFaults();
  interface Compose {
    services: Record<string, Record<string, unknown>>;
    secrets: Record<string, unknown>;
  }
  const compose = () => parse(read('compose.yaml'), { merge: true }) as Compose;

  it('is one by the Compose specification', () => {
    expect(faultsOf(compose())).toEqual([]);
  });

  it('a word misspelt, a time without a unit and a condition that is none are found', () => {
    const wrong = compose();
    Object.assign(wrong.services['grafana']!, { enviroment: {} });
    Object.assign(wrong.services['clickhouse']!['healthcheck']!, { interval: '5' });
    Object.assign(wrong.services['tallyspan']!, { depends_on: { clickhouse: { condition: 'service_well' } } });
    const faults = faultsOf(wrong).join('\n');
    expect(faults).toContain('/services/grafana must NOT have additional properties: enviroment');
    expect(faults).toContain('/services/clickhouse/healthcheck/interval must match format "duration"');
    expect(faults).toContain('/services/tallyspan/depends_on/clickhouse/condition must be equal');
  });

  it('a service that is read-only gets its secrets as files: no others can be copied into it', () => {
    const { services, secrets } = compose();
    const given = Object.values(services).filter((service) => service['read_only'] === true && service['secrets']);
    expect(given.length).toBeGreaterThan(0);
    for (const service of given)
      for (const { source } of service['secrets'] as { source: string }[])
        expect(secrets[source]).toHaveProperty('file');
  });

  it('runs the Grafana by whose types the dashboards are checked', () => {
    const schema = new URL(import.meta.resolve('@grafana/schema/package.json'));
    const { version } = JSON.parse(readFileSync(schema, 'utf8')) as { version: string };
    expect(compose().services['grafana']!['image']).toBe(`grafana/grafana:${version}`);
  });
});

describe('the chart', () => {
  const chart = join(deploy, 'helm/tallyspan');
  const faultsOf = kubernetesSchema();

  it.each(Object.entries(chartCases))('%s: everything that it renders is what Kubernetes takes', (_, given) => {
    const resources = renderChart(chart, valuesOf(chart, given), 'on');
    expect(resources.length).toBeGreaterThan(1);
    expect(resources.flatMap((resource) => faultsOf(resource))).toEqual([]);
  });

  it('a word misspelt, a value that is none and a part that is left out are found', () => {
    const wrong = (kind: string, change: (spec: never) => void) => {
      const resources: Resource[] = renderChart(chart, valuesOf(chart, chartCases['everything']!));
      const resource = resources.find((each) => each.kind === kind)!;
      change(resource.spec as never);
      return faultsOf(resource).join('\n');
    };
    expect(
      wrong('StatefulSet', (spec: { template: { spec: object } }) =>
        Object.assign(spec.template.spec, { initContainer: [] }),
      ),
    ).toBe('StatefulSet/spec/template/spec must NOT have additional properties: initContainer');
    expect(wrong('StatefulSet', (spec: { selector?: object }) => delete spec.selector)).toContain(
      "must have required property 'selector'",
    );
    expect(wrong('Service', (spec: { ports: object[] }) => Object.assign(spec.ports[0]!, { port: 'http' }))).toContain(
      'Service/spec/ports/0/port must be number',
    );
    expect(
      wrong('ServiceMonitor', (spec: { endpoints: object[] }) => Object.assign(spec.endpoints[0]!, { interval: '15' })),
    ).toContain('endpoints/0/interval must match pattern');
    expect(
      wrong('HorizontalPodAutoscaler', (spec: { metrics: { resource: { target: object } }[] }) =>
        Object.assign(spec.metrics[0]!.resource.target, { averageUtilisation: 70 }),
      ),
    ).toContain('averageUtilisation');
    expect(
      wrong('NetworkPolicy', (spec: { ingress: object[] }) => Object.assign(spec.ingress[0]!, { form: [] })),
    ).toContain('form');
  });
});
