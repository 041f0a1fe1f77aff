import type { Exposition } from '@tallyspan/facts';
import { DirectRecorder } from './direct-recorder.ts';
import { recorder } from './pipeline.ts';
import { state } from './state.ts';

/**
 * All metrics that were counted in this process, as Prometheus reads them (text format 0.0.4): names of the chosen dialects, dots as
 * underscores, `tally_llm_calls_total`. Counting is exact whatever is sampled. With `init({ metrics: false })` nothing is counted before
 * this, or {@link metricsHandler}, was called for the first time. With `init({ join: true })` metrics are the application's own, and
 * the answer is empty: its exporter has them.
 */
export async function prometheusText(): Promise<string> {
  return (await exposition(false)).body;
}

/** What is needed of Node's `IncomingMessage` and `ServerResponse`; Express has them, and Fastify as `request.raw` and `reply.raw`. */
export interface ScrapeRequest {
  method?: string | undefined;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}
export interface ScrapeResponse {
  writeHead(status: number, headers?: Record<string, string | number>): unknown;
  end(body?: string): unknown;
}

/**
 * An HTTP handler that answers {@link prometheusText}, in OpenMetrics 1.0 where the scraper asks for it. Nothing listens by itself: put
 * it where your service has its other routes, and let only your Prometheus reach it, as labels name agents, tenants and models.
 *
 * @example
 * const metrics = metricsHandler();
 * createServer((request, response) => (request.url === '/metrics' ? metrics(request, response) : app(request, response)));
 */
export function metricsHandler(): (request: ScrapeRequest, response: ScrapeResponse) => void {
  state.exposesMetrics = true;
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' });
      response.end();
      return;
    }
    exposition(String(request.headers['accept']).includes('application/openmetrics-text')).then(
      ({ body, contentType }) => {
        response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
        response.end(request.method === 'HEAD' ? undefined : body);
      },
      () => {
        response.writeHead(500);
        response.end();
      },
    );
  };
}

async function exposition(openMetrics: boolean): Promise<Exposition> {
  state.exposesMetrics = true;
  const counting = recorder();
  if (counting instanceof DirectRecorder) return counting.exposition(openMetrics);
  return { body: openMetrics ? '# EOF\n' : '', contentType: 'text/plain; version=0.0.4; charset=utf-8' };
}
