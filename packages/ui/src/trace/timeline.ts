import type { Span } from '@tallyspan/server';
import { formatDuration } from '../format/duration.ts';
import { endMs } from './build-tree.ts';

/** The part of the trace that the drawing shows, in milliseconds from the trace's start. */
export interface TimeWindow {
  fromMs: number;
  toMs: number;
}

/** A bar in percent of the whole width. `firstChunk` is in percent of the bar: waiting before it, streaming after. */
export interface Bar {
  left: number;
  width: number;
  firstChunk: number | null;
  /** Where it lies when no part of it is in the window. */
  outside: 'before' | 'after' | null;
}

export interface Tick {
  left: number;
  label: string;
}

/** How long the drawing is: to the end of the last span, which may lie after the root's. */
export function spanOfTime(spans: readonly Span[], summaryDurationMs: number): number {
  let end = summaryDurationMs;
  for (const span of spans) end = Math.max(end, endMs(span));
  return end > 0 ? end : 1;
}

export function barOf(span: Span, { fromMs, toMs }: TimeWindow): Bar {
  const widthMs = toMs - fromMs;
  const start = span.offsetMs;
  const end = Math.max(start, endMs(span));
  const outside = end < fromMs ? 'before' : start > toMs ? 'after' : null;
  const left = clampPercent(((start - fromMs) / widthMs) * 100);
  const right = clampPercent(((end - fromMs) / widthMs) * 100);
  const wait = span.timeToFirstChunkMs;
  if (wait === null || span.durationMs <= 0 || outside) return { left, width: right - left, firstChunk: null, outside };
  const first = clampPercent(((start + wait - fromMs) / widthMs) * 100);
  return {
    left,
    width: right - left,
    firstChunk: right > left ? clampPercent(((first - left) / (right - left)) * 100) : null,
    outside,
  };
}

/** Where a moment lies in the window, in percent; null outside of it. */
export function markOf(atMs: number, { fromMs, toMs }: TimeWindow): number | null {
  return atMs < fromMs || atMs > toMs ? null : ((atMs - fromMs) / (toMs - fromMs)) * 100;
}

/** About `wanted` round steps of the axis: 1, 2 or 5 times a power of ten; in minutes and hours, what a clock has. */
export function ticksOf({ fromMs, toMs }: TimeWindow, wanted: number): Tick[] {
  const widthMs = toMs - fromMs;
  const step = roundStep(widthMs / Math.max(1, wanted));
  const ticks: Tick[] = [];
  for (let i = Math.ceil(fromMs / step - 1e-9); i * step < fromMs + widthMs * 0.999; i++) {
    ticks.push({ left: ((i * step - fromMs) / widthMs) * 100, label: tickLabel(i * step, step) });
  }
  return ticks;
}

const CLOCK_STEPS_MS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((s) => s * 1000);

function roundStep(atLeastMs: number): number {
  if (atLeastMs > 30_000)
    return CLOCK_STEPS_MS.find((step) => step >= atLeastMs) ?? Math.ceil(atLeastMs / 86_400_000) * 86_400_000;
  const power = 10 ** Math.floor(Math.log10(atLeastMs));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= atLeastMs * 0.999)! * power;
  return step > 20_000 ? 30_000 : step;
}

/** Ticks are round, so the zeros that a measured duration keeps would only be noise; deep in a zoom, all digits count. */
function tickLabel(ms: number, step: number): string {
  if (ms === 0) return '0';
  if (ms >= 1_000 && ms < 60_000 && step < 1_000) {
    const places = Math.min(6, Math.max(1, Math.ceil(-Math.log10(step / 1_000) - 1e-9)));
    return `${(ms / 1_000).toFixed(places)} s`;
  }
  if (ms >= 60_000 && step < 1_000) return `+${formatDuration(ms % 60_000)}`;
  if (ms >= 1 && ms < 1_000 && step < 1) return `${ms.toFixed(Math.ceil(-Math.log10(step) - 1e-9))} ms`;
  return formatDuration(ms)
    .replace(/(\.\d*?)0+(?= )/, '$1')
    .replace(/\.(?= )/, '')
    .replace(/ 00 \w+$/, '');
}

function clampPercent(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
