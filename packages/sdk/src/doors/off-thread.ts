/**
 * Node 20 asks module hooks in a thread of their own, which loads this file. It adds the handing-over line to ES modules; CommonJS is
 * hooked in the program's thread.
 */
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import { fileAt, handOver } from './hand-over.ts';

const names = new Set<string>();
const files: string[] = [];
const entries = new Map<string, string>();

export const initialize: InitializeHook<{ names: string[]; files: string[] }> = (data) => {
  for (const name of data.names) names.add(name);
  files.push(...data.files);
};

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  if (names.has(specifier)) entries.set(resolved.url, specifier);
  return resolved;
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const result = await nextLoad(url, context);
  const name = entries.get(url) ?? fileAt(url, files);
  if (name === undefined || result.format !== 'module') return result;
  const source = handOver(result.source, { name, url, format: result.format });
  return source === undefined ? result : { ...result, source };
};
