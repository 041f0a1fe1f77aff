import { startZeroCode } from './doors/zero-code.ts';
import type { InitOptions } from './options.ts';
import { init } from './pipeline.ts';

export { flush } from './pipeline.ts';

/**
 * For Next.js: libraries that the server loads from now on are instrumented. Without options, spans go where the environment says,
 * or through the OpenTelemetry provider that the application registered (`@vercel/otel`). With options, as {@link init} has them.
 *
 * @example
 * // instrumentation.ts
 * export async function register() {
 *   if (process.env.NEXT_RUNTIME !== 'nodejs') return;
 *   const { register } = await import('@tallyspan/sdk/next');
 *   register({ serviceName: 'web' });
 * }
 * // next.config.ts: only what Next leaves in node_modules can be seen when it loads
 * const config = { serverExternalPackages: ['@tallyspan/sdk', 'openai', '@anthropic-ai/sdk'] };
 */
export function register(options: InitOptions = {}): void {
  if (Object.keys(options).length > 0) init(options);
  startZeroCode();
}
