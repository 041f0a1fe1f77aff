/** What can be said about the deployment without Docker, Helm and systemd: what it would do stands in files, and files can be read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readDockerfile } from '../test/read-dockerfile.ts';
import { chartValues, renderChart, type Resource, type Values } from '../test/render-chart.ts';

const root = resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the image', () => {
  const { args, stages } = readDockerfile(read('deploy/docker/Dockerfile'));
  const runtime = stages.at(-1)!;
  const all = stages.flat();
  const of = (word: string, instructions = all) =>
    instructions.filter((each) => each.word === word).map(({ rest }) => rest);

  it('is made from images with a version, and the last of them has no shell', () => {
    const images = of('FROM').map((from) =>
      from.split(' ')[0]!.replace(/\$\{(\w+)\}/, (_, name: string) => args[name]!),
    );
    for (const image of images) expect(image).toMatch(/^[\w./-]+:(?!latest)[\w.-]+$/);
    expect(images.at(-1)).toContain('distroless');
    expect(of('RUN', runtime)).toEqual([]);
  });

  it('runs as nobody in particular, and writes to /data alone', () => {
    expect(of('USER', runtime)).toEqual(['65532:65532']);
    expect(of('VOLUME', runtime)).toEqual(['/data']);
    expect(of('COPY', runtime).filter((copy) => copy.includes('--chown'))).toEqual([
      '--from=modules --chown=65532:65532 /data /data',
    ]);
  });

  it('has what the lockfile says, and no tools of development', () => {
    const installs = of('RUN').filter((command) => command.includes('npm'));
    expect(installs.filter((command) => /npm (install|i|update)\b/.test(command))).toEqual([]);
    expect(of('RUN', stages[1]!).find((command) => command.includes('npm ci'))).toContain('--omit=dev');
    expect(of('COPY', runtime).filter((copy) => copy.includes('--from=page'))).toEqual([
      '--from=page /build/packages/ui/dist ./packages/ui/dist',
    ]);
  });

  it('holds no secret: none is named, and what is not named is left out of what Docker is given', () => {
    expect(all.filter(({ rest }) => /(password|secret|token|_key)\s*=/i.test(rest))).toEqual([]);
    expect(of('ADD')).toEqual([]);
    const ignored = read('deploy/docker/Dockerfile.dockerignore').split('\n');
    expect(ignored.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/.env*']));
  });

  it('has every package that the server is made of, and starts what is there', () => {
    const copied = of('COPY', runtime).map((copy) => copy.split(' ').at(-1)!);
    const queue = ['packages/cli'];
    const needed = new Set<string>();
    for (const folder of queue) {
      if (needed.has(folder)) continue;
      needed.add(folder);
      const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as {
        dependencies?: Record<string, string>;
      };
      for (const name of Object.keys(dependencies))
        if (name.startsWith('@tallyspan/')) queue.push(`packages/${name.slice('@tallyspan/'.length)}`);
    }
    expect(copied).toEqual(expect.arrayContaining([...needed].map((folder) => `./${folder}`)));
    expect(of('ENTRYPOINT', runtime)).toEqual(['["/nodejs/bin/node", "packages/cli/src/main.ts"]']);
    expect(existsSync(join(root, 'packages/cli/src/main.ts'))).toBe(true);
  });
});

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  volumes?: string[];
  ports?: string[];
  environment?: Record<string, string>;
  depends_on?: string[] | Record<string, unknown>;
  read_only?: boolean;
  cap_drop?: string[];
}

describe('the compose file', () => {
  const { services, volumes } = parse(read('deploy/compose.yaml'), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };

  it('starts an agent, Tallyspan, the Collector, Prometheus, Grafana, Jaeger, Valkey and ClickHouse', () => {
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining([
        'app',
        'tallyspan',
        'collector',
        'prometheus',
        'grafana',
        'jaeger',
        'valkey',
        'clickhouse',
      ]),
    );
    for (const { image } of Object.values(services)) expect(image).toMatch(/:(?!latest)[\w.-]+$/);
  });

  it('every file that is mounted exists, every volume is declared, and everything it waits for is a service', () => {
    for (const { volumes: mounts = [], depends_on = [], build } of Object.values(services)) {
      for (const mount of mounts) {
        const from = mount.split(':')[0]!;
        if (from.startsWith('.')) expect(existsSync(resolve(root, 'deploy', from)), mount).toBe(true);
        else expect(Object.keys(volumes)).toContain(from);
      }
      const awaited = Array.isArray(depends_on) ? depends_on : Object.keys(depends_on);
      expect(Object.keys(services)).toEqual(expect.arrayContaining(awaited));
      if (build) expect(existsSync(resolve(root, 'deploy', build.context, build.dockerfile))).toBe(true);
    }
  });

  it('listens on this machine only, has no password of its own, and takes every right away that is not needed', () => {
    for (const [name, { ports = [], environment = {}, read_only, cap_drop }] of Object.entries(services)) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
      for (const [variable, value] of Object.entries(environment))
        if (/PASSWORD|KEY$/.test(variable)) expect(value, variable).toMatch(/^\$\{/);
      // ClickHouse's image changes owner and user at its start.
      if (name !== 'clickhouse') expect([name, read_only, cap_drop]).toEqual([name, true, ['ALL']]);
    }
  });

  it('Prometheus asks services that there are, with the key that is mounted', () => {
    for (const file of readdirSync(join(root, 'deploy/prometheus/targets')))
      for (const { targets } of parse(read(`deploy/prometheus/targets/${file}`)) as { targets: string[] }[])
        for (const target of targets) expect(Object.keys(services), file).toContain(target.split(':')[0]);
    expect(read('deploy/prometheus/prometheus.yml')).toContain('/run/secrets/tallyspan-key');
  });

  it('Grafana finds the data sources and dashboards that are provisioned', () => {
    const { datasources } = parse(read('deploy/grafana/provisioning/datasources/tallyspan.yaml')) as {
      datasources: { type: string; url?: string; jsonData: { host?: string } }[];
    };
    expect(datasources.map(({ type }) => type)).toEqual(['prometheus', 'grafana-clickhouse-datasource']);
    for (const { url, jsonData } of datasources)
      expect(Object.keys(services)).toContain(url === undefined ? jsonData.host : new URL(url).hostname);
    const { providers } = parse(read('deploy/grafana/provisioning/dashboards/tallyspan.yaml')) as {
      providers: { options: { path: string } }[];
    };
    const mount = services['grafana']!.volumes!.find((each) => each.startsWith('./grafana/dashboards'));
    expect(mount!.split(':')[1]).toBe(providers[0]!.options.path);
  });
});

describe('the Helm chart', () => {
  const chart = join(root, 'deploy/helm/tallyspan');
  const isValid = new Ajv({ strict: false }).compile(
    JSON.parse(readFileSync(join(chart, 'values.schema.json'), 'utf8')) as object,
  );
  const values = (more: Record<string, Values> = {}): Values => {
    const all = chartValues(chart);
    for (const [key, part] of Object.entries(more)) all[key] = { ...(all[key] as Values), ...part };
    return all;
  };
  const everything = {
    clickhouse: { enabled: true },
    autoscaling: { enabled: true },
    serviceMonitor: { enabled: true },
    spire: { enabled: true },
  };
  const kinds = (resources: Resource[]) => resources.map(({ kind }) => kind).toSorted();

  it('takes its own values, and refuses several servers that would each have a store of their own', () => {
    expect(isValid(values())).toBe(true);
    expect(isValid(values(everything))).toBe(true);
    expect(isValid({ ...values(), replicas: 2 })).toBe(false);
    expect(isValid(values({ autoscaling: { enabled: true } }))).toBe(false);
    expect(isValid(values({ image: { tag: 'latest' } }))).toBe(false);
    expect(isValid({ ...values(), replica: 1 })).toBe(false);
  });

  it('renders a server with its service and network policy; scaling and scraping where they are wanted', () => {
    expect(kinds(renderChart(chart, values()))).toEqual(['NetworkPolicy', 'Service', 'StatefulSet']);
    expect(kinds(renderChart(chart, values(everything)))).toEqual([
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
      'Service',
      'ServiceMonitor',
      'StatefulSet',
    ]);
  });

  it.each([
    ['plain', {}],
    ['everything', everything],
  ] as const)('%s: what selects finds, what is mounted is there, what is named exists', (_, more) => {
    const resources = renderChart(chart, values(more));
    const set = resources.find(({ kind }) => kind === 'StatefulSet')!.spec as unknown as StatefulSet;
    const { labels } = set.template.metadata;
    for (const { kind, metadata } of resources) expect(metadata.name, kind).toBe('tally');
    expect(set.selector.matchLabels).toEqual(labels);
    const service = resources.find(({ kind }) => kind === 'Service')!;
    expect(service.spec['selector']).toEqual(labels);
    const [container] = set.template.spec.containers;
    const there = [...set.template.spec.volumes, ...set.volumeClaimTemplates.map(({ metadata }) => metadata)].map(
      ({ name }) => name,
    );
    expect(there.toSorted()).toEqual(container!.volumeMounts.map(({ name }) => name).toSorted());
    const ports = container!.ports.map(({ name }) => name);
    for (const { targetPort } of service.spec['ports'] as { targetPort: string }[]) expect(ports).toContain(targetPort);
    for (const probe of [container!.readinessProbe, container!.livenessProbe])
      expect(ports).toContain(probe.httpGet.port);
    expect('replicas' in set).toBe(more === everything ? false : true);
  });

  it('the server may not become root, nor write anywhere but to its volumes', () => {
    const set = renderChart(chart, values(everything)).find(({ kind }) => kind === 'StatefulSet')!
      .spec as unknown as StatefulSet;
    expect(set.template.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65_532 });
    expect(set.template.spec.containers[0]!.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('the server starts with the options of the image and those that are added', () => {
    const argsWith = (extraArgs: string[]) => {
      const set = renderChart(chart, { ...values(), extraArgs }).find(({ kind }) => kind === 'StatefulSet')!;
      return (set.spec as unknown as StatefulSet).template.spec.containers[0]!.args;
    };
    expect(argsWith([])).toEqual(['start', '--host', '0.0.0.0']);
    expect(argsWith(['--svid-audience', 'tallyspan'])).toEqual([
      'start',
      '--host',
      '0.0.0.0',
      '--svid-audience',
      'tallyspan',
    ]);
  });

  it('a scraped server has the label that dashboards and rules ask for', () => {
    const monitor = renderChart(chart, values(everything)).find(({ kind }) => kind === 'ServiceMonitor')!;
    expect(monitor.metadata.labels[monitor.spec['jobLabel'] as string]).toBe('tallyspan');
  });
});

it('the unit of systemd starts what is there, with a user of its own and nothing to write to but its state', () => {
  const unit = read('deploy/systemd/tallyspan.service');
  expect(unit).toMatch(/^ExecStart=\/opt\/tallyspan\/node_modules\/\.bin\/node packages\/cli\/src\/main\.ts start$/m);
  for (const line of ['DynamicUser=yes', 'ProtectSystem=strict', 'NoNewPrivileges=yes', 'StateDirectory=tallyspan'])
    expect(unit.split('\n')).toContain(line);
  expect(unit).toMatch(/^Environment=.*TALLYSPAN_DATA_DIR=\/var\/lib\/tallyspan$/m);
});

interface StatefulSet {
  selector: { matchLabels: Record<string, string> };
  template: {
    metadata: { labels: Record<string, string> };
    spec: { securityContext: object; containers: Container[]; volumes: { name: string }[] };
  };
  volumeClaimTemplates: { metadata: { name: string } }[];
}

interface Container {
  args: string[];
  securityContext: object;
  volumeMounts: { name: string }[];
  ports: { name: string }[];
  readinessProbe: { httpGet: { port: string } };
  livenessProbe: { httpGet: { port: string } };
}
