/**
 * Requirements that no test of ours can hold, each with its reason; `npm run coverage:requirements` prints them. Every other id of the
 * list is to have a passing test once what it asks for is built, see `required` in steps.ts.
 */
export const withoutTest: Readonly<Record<string, string>> = {
  'OBS-03':
    'It takes a real Collector, a Jaeger and a Prometheus at once, and no package of ours brings the first two. Proven are the parts: the Collector configuration and the Compose file (packages/dashboards), our two OTLP doors, and Prometheus (e2e/operations-pack.test.ts).',
  'OBS-05':
    'The metrics are those of Envoy, and go to Prometheus past us. The panels that show them answer on an exposition written by hand (OBS-52 in e2e/operations-pack.test.ts); where there is none, an empty answer is what Prometheus has for every query.',
};
