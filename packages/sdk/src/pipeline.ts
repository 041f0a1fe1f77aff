import { type ProxyTracerProvider, trace, type Tracer } from '@opentelemetry/api';
import { limits } from '@tallyspan/facts';
import { DirectRecorder } from './direct-recorder.ts';
import type { InitOptions } from './options.ts';
import { OtelRecorder } from './otel-recorder.ts';
import type { Recorder } from './recorder.ts';
import { capturesContent, state, warnOnce } from './state.ts';
import { withCredentials } from './task-trace/span-credentials.ts';
import { flushTasks } from './task-trace/task-sender.ts';
import { VERSION } from './version.ts';

/**
 * The recorder for the next span. With `init` or `agent` it is ours (or, with `join`, the application's). Without them the
 * application's provider is used when there is one, and ours otherwise. The global provider is read, never set.
 */
export function recorder(): Recorder {
  if (state.recorder) return state.recorder;
  if (!state.initialised || state.options.join) {
    const tracer = applicationTracer();
    if (tracer) return (state.recorder = new OtelRecorder(tracer, state.options));
    if (state.options.join) {
      warnOnce('join', 'init({ join: true }) found no OpenTelemetry provider yet; spans go through our own pipeline');
    }
  }
  return (state.recorder = new DirectRecorder(withCredentials(state.options, process.env), process.env));
}

/** The application's tracer, or undefined when no provider is registered: the API's proxy then has no delegate. */
function applicationTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider() as Partial<ProxyTracerProvider>;
  if (typeof provider.getDelegateTracer === 'function') return provider.getDelegateTracer('@tallyspan/sdk', VERSION);
  return provider.getTracer?.('@tallyspan/sdk', VERSION);
}

/**
 * Sets Tallyspan up. Optional: `watch` and `agent` do it by themselves with the defaults. Calling it again replaces the options;
 * spans that wait are sent by the recorder that has them. Never throws.
 */
export function init(options: InitOptions = {}): void {
  const before = state.recorder;
  const { preset, ...given } = options;
  state.options = preset
    ? {
        ...preset,
        ...given,
        headers: { ...preset.headers, ...given.headers },
        resource: { ...preset.resource, ...given.resource },
      }
    : { ...options };
  state.initialised = true;
  state.recorder = undefined;
  state.environment = undefined;
  if ((options.captureContent ?? capturesContent()) && process.env.NODE_ENV === 'production') warnOfContent();
  void before?.flush();
}

/** What `agent` calls when it is defined: telemetry is set up before the first call, once. */
export function ensureInitialised(): void {
  if (state.initialised) return;
  state.initialised = true;
  // A pipeline of our own stays as it is; spans that went to the application's provider go to ours from now on.
  if (!(state.recorder instanceof DirectRecorder)) state.recorder = undefined;
}

/** Content is for development; said once when it is on in production. */
export function warnOfContent(): void {
  warnOnce('content', 'captureContent is on in production: prompts and answers are exported');
}

/** Sends everything that waits. Resolves when it is sent or after `timeoutMs` (default 2,000). Never rejects. */
export async function flush(timeoutMs: number = limits.exitDelayMsMax): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  await state.recorder?.flush(timeoutMs);
  await flushTasks(Math.max(0, deadline - Date.now()));
}
