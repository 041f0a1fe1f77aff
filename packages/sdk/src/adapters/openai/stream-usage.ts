import { fields } from '../../read.ts';

/**
 * Asks for usage on a stream, which chat and completions report only on request: on a copy, as the caller's object is never changed.
 * Undefined where the caller decided already, where nothing is streamed, or where the far end would refuse it.
 */
export function addUsage(
  body: unknown,
  rest: readonly unknown[],
  takes: (body: object) => boolean,
): { args: readonly unknown[]; conceal(chunk: unknown): boolean } | undefined {
  const asked = fields(body);
  if (asked.stream !== true || !isPlain(body) || !takes(body)) return undefined;
  const options = fields(asked.stream_options);
  if (options.include_usage !== undefined && options.include_usage !== null) return undefined;
  return {
    args: [{ ...body, stream_options: { ...options, include_usage: true } }, ...rest],
    conceal: concealUsage,
  };
}

/**
 * What `include_usage` brings: `usage: null` on every chunk, and a last one with no choices, only usage. Callers who did not ask
 * for it would trip over both.
 */
function concealUsage(chunk: unknown): boolean {
  const { choices, usage } = fields(chunk);
  if (usage === null) delete (chunk as { usage?: unknown }).usage;
  return Array.isArray(choices) && choices.length === 0 && usage !== null && usage !== undefined;
}

/** Only a plain object may be copied: a class or a `toJSON` of the caller's would be lost. */
function isPlain(body: unknown): body is object {
  if (typeof body !== 'object' || body === null || 'toJSON' in body) return false;
  const prototype: unknown = Object.getPrototypeOf(body);
  return prototype === Object.prototype || prototype === null;
}
