/** The Vercel AI SDK: `@tallyspan/sdk/ai`. For AI SDK 7 `watch(ai)` of the whole module, or `telemetry()`; for 5 and 6 `tracer()`. */
import type { Tracer } from '@opentelemetry/api';
import { emitter } from './attach.ts';
import { listen } from './attachments/ai/ai.ts';
import { type AiMiddleware, middlewareOf } from './attachments/ai/middleware.ts';
import { Operations } from './attachments/ai/operations.ts';
import { type AiTelemetry, telemetryOf } from './attachments/ai/telemetry.ts';
import { tracerOf } from './attachments/ai/tracer.ts';
import { warmPrices } from './cost.ts';
import type { WatchOptions } from './options.ts';

export type { AiMiddleware } from './attachments/ai/middleware.ts';
export type { AiTelemetry } from './attachments/ai/telemetry.ts';

/**
 * AI SDK 7: a telemetry integration, for all calls (`registerTelemetry(telemetry())`) or for one
 * (`telemetry: { integrations: [telemetry()] }`). A call's `functionId` is its role.
 */
export function telemetry(options: WatchOptions = {}): AiTelemetry {
  warmPrices();
  return telemetryOf(new Operations(emitter(options)));
}

/**
 * AI SDK 7: every copy of it in the process is heard, loaded or not, without meeting it; bundled programs too. Answers how to stop.
 * The same as `watch(ai)` of the module.
 */
export function instrument(options: WatchOptions = {}): () => void {
  warmPrices();
  return listen(emitter(options));
}

/** AI SDK 5 and 6: `experimental_telemetry: { isEnabled: true, functionId: 'researcher', tracer: tracer() }`. */
export function tracer(options: WatchOptions = {}): Tracer {
  warmPrices();
  return tracerOf(emitter(options));
}

/** Every version: `wrapLanguageModel({ model, middleware: middleware() })` records the calls of one language model. */
export function middleware(options: WatchOptions = {}): AiMiddleware {
  warmPrices();
  return middlewareOf(emitter(options));
}
