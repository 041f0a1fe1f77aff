/** Whether what the program sends would arrive. */
import { exportTarget, sendExport } from '@tallyspan/sdk/libraries';
import type { Finding, Program } from './finding.ts';

const TIMEOUT_MS = 3_000;
const SKEW_MS_MAX = 60_000;

/** Sends a request without spans, as the exporter would send one with: address, key and receiver are proven by it. */
export async function lookAtReceiver({ env }: Program): Promise<Finding[]> {
  const target = exportTarget('traces', {}, { ...env });
  if (!target) {
    const what = 'OTEL_EXPORTER_OTLP_ENDPOINT is no http(s) URL, so nothing is sent';
    return [{ state: 'bad', what, fix: 'Write it like http://127.0.0.1:4318.' }];
  }
  const { url, headers } = target;
  const place = `${url.origin}${url.pathname}`;
  if (target.rpc) {
    // An export request without spans has no bytes.
    const sent = await sendExport({ ...target, timeoutMs: TIMEOUT_MS }, Buffer.alloc(0), true);
    return [answeredOverGrpc(sent.outcome === 'ok' ? undefined : sent.reason, url.origin)];
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"resourceSpans":[]}',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    const fix = 'Start tallyspan start, or point OTEL_EXPORTER_OTLP_ENDPOINT to where your receiver listens.';
    return [{ state: 'bad', what: `Nothing takes spans at ${place}: ${cause?.message || message}`, fix }];
  }
  await response.body?.cancel();
  const findings: Finding[] = [answered(response.status, place)];
  const skew = Date.parse(response.headers.get('date') ?? '') - Date.now();
  if (Math.abs(skew) > SKEW_MS_MAX) {
    const what = `The clocks of this machine and of the receiver are ${Math.round(Math.abs(skew) / 1_000)} s apart`;
    findings.push({ state: 'warn', what, fix: 'Synchronise them (NTP): traces would stand at the wrong time.' });
  }
  return findings;
}

function answeredOverGrpc(reason: string | undefined, place: string): Finding {
  if (reason === undefined) return { state: 'ok', what: `Spans are taken at ${place} by gRPC` };
  if (reason === 'gRPC status 16' || reason === 'gRPC status 7') {
    const fix = 'Set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20<key> with a key that may ingest.';
    return { state: 'bad', what: `${place} refuses spans: it wants a key (${reason})`, fix };
  }
  const fix =
    'Point OTEL_EXPORTER_OTLP_ENDPOINT to where your receiver takes gRPC, or leave OTEL_EXPORTER_OTLP_PROTOCOL away.';
  return { state: 'bad', what: `Nothing takes spans by gRPC at ${place}: ${reason}`, fix };
}

function answered(status: number, place: string): Finding {
  if (status === 200) return { state: 'ok', what: `Spans are taken at ${place}` };
  if (status === 401 || status === 403) {
    const fix = 'Set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20<key> with a key that may ingest.';
    return { state: 'bad', what: `${place} refuses spans: it wants a key (${status})`, fix };
  }
  if (status === 404 || status === 405) {
    const fix = 'OTEL_EXPORTER_OTLP_ENDPOINT is the address without /v1/traces.';
    return { state: 'bad', what: `${place} is no OTLP receiver (${status})`, fix };
  }
  return { state: 'warn', what: `${place} answers ${status} to an empty request`, fix: 'Look into its log.' };
}
