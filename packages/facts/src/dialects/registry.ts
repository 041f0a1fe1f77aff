import { aiSdk } from './ai-sdk.ts';
import type { Dialect, DialectName, Reader } from './column.ts';
import { datadog } from './datadog.ts';
import { googleAdk } from './google-adk.ts';
import { hexr, hexrNames } from './hexr.ts';
import { langfuse } from './langfuse.ts';
import { langsmith } from './langsmith.ts';
import { litellm } from './litellm.ts';
import { logfire } from './logfire.ts';
import { mlflow } from './mlflow.ts';
import { openinference } from './openinference.ts';
import { otel } from './otel.ts';
import { otelContent } from './otel-content.ts';
import { anthropicSdk, mastra } from './other.ts';
import { tracekit, tracekitReader } from './tracekit.ts';
import { traceloop } from './traceloop.ts';

/** Every dialect we write. */
export const dialects: Record<DialectName, Dialect> = { otel, hexr, tracekit, openinference };

/**
 * Every dialect we read. The order is the order of trust: when two say different things of one span the first is believed, and
 * of two that say of what kind a span is (`kinds`) as well. `otel` comes first for names and last for kinds, as its operation is
 * what others fill in from a table of their own; see `operationOf` in `read.ts`.
 */
export const readers: Readonly<Record<string, Reader>> = {
  otel,
  langfuse,
  openinference,
  mlflow,
  langsmith,
  googleAdk,
  aiSdk,
  hexr,
  hexrNames,
  traceloop,
  tracekit: tracekitReader,
  logfire,
  litellm,
  mastra,
  datadog,
  anthropicSdk,
  otelContent,
};
