/** What stands in the form of an alert, and what is sent. */
import type { Alert, AlertChannel, AlertRule } from '@tallyspan/server';
import { countOf } from '../format/count.ts';
import { formatDuration } from '../format/duration.ts';
import { scopeDraft, scopeOf, type ScopeField } from './budget-draft.ts';

export const BY_CHOICES = ['tenant', 'agent', 'role', 'provider', 'model', 'user'] as const;

/** Each kind of rule with its own figures: what they mean, and what they are at first. */
export const RULES = {
  budget: {
    text: 'A budget reaches a threshold',
    figures: { threshold: ['From this percent on', '0'] },
  },
  error_rate: {
    text: 'Too many calls fail',
    figures: {
      above: ['Percent failed, above', '10'],
      windowMinutes: ['In minutes', '15'],
      callsMin: ['Of calls, at least', '10'],
    },
  },
  latency: {
    text: 'Calls take too long',
    figures: {
      above: ['p95 in milliseconds, above', '10000'],
      windowMinutes: ['In minutes', '15'],
      callsMin: ['Of calls, at least', '10'],
    },
  },
  guard_blocks: {
    text: 'The guard blocks calls',
    figures: { above: ['Blocked, more than', '0'], windowMinutes: ['In minutes', '15'] },
  },
  spend_anomaly: {
    text: 'Somebody spends unusually much',
    figures: { above: ['Times the usual spread', '6'], usdMin: ['Dollars an hour, at least', '0.01'] },
  },
  silence: { text: 'No calls come any more', figures: { minutes: ['For minutes', '60'] } },
} as const satisfies Record<AlertRule['on'], { text: string; figures: Record<string, readonly [string, string]> }>;

export type RuleKind = keyof typeof RULES;
export const RULE_KINDS = Object.keys(RULES) as RuleKind[];

export interface ChannelDraft {
  type: AlertChannel['type'];
  /** An address, or several of mail with commas between. */
  to: string;
}

export interface AlertDraft {
  name: string;
  enabled: boolean;
  on: RuleKind;
  figures: Record<string, string>;
  by: string;
  budget: string;
  scope: Record<ScopeField, string>;
  channels: ChannelDraft[];
}

export function alertDraftOf(alert: Alert | undefined): AlertDraft {
  const rule: Record<string, unknown> = { ...alert?.rule };
  const on = alert?.rule.on ?? 'budget';
  return {
    name: alert?.name ?? '',
    enabled: alert?.enabled ?? true,
    on,
    figures: {
      ...figuresAtFirst(on),
      ...Object.fromEntries(
        Object.entries(rule).flatMap(([name, value]) => (typeof value === 'number' ? [[name, String(value)]] : [])),
      ),
    },
    by: typeof rule['by'] === 'string' ? rule['by'] : '',
    budget: typeof rule['budget'] === 'string' ? rule['budget'] : '',
    scope: scopeDraft((rule['scope'] ?? {}) as Record<string, string | undefined>),
    channels: (alert?.channels ?? []).map((channel) => ({
      type: channel.type,
      to: channel.type === 'email' ? channel.to.join(', ') : channel.url,
    })),
  };
}

export function figuresAtFirst(on: RuleKind): Record<string, string> {
  return Object.fromEntries(Object.entries(RULES[on].figures).map(([name, [, value]]) => [name, value]));
}

/** What is wrong, by field; the server looks at the rest. */
export function alertProblemsOf(draft: AlertDraft): Record<string, string> {
  const problems: Record<string, string> = {};
  if (draft.name.trim() === '') problems['name'] = 'Give it a name.';
  for (const name of Object.keys(RULES[draft.on].figures)) {
    const text = draft.figures[name] ?? '';
    if (text.trim() === '' || !(Number(text) >= 0)) problems[name] = 'Write a number.';
  }
  draft.channels.forEach((channel, i) => {
    if (channel.to.trim() === '') problems[`channel ${i}`] = 'Where to?';
  });
  return problems;
}

export function alertInputOf(draft: AlertDraft, version: number | undefined): Record<string, unknown> {
  const figures = Object.fromEntries(
    Object.keys(RULES[draft.on].figures).map((name) => [name, Number(draft.figures[name])]),
  );
  const rule = {
    on: draft.on,
    ...figures,
    ...(draft.on === 'budget'
      ? draft.budget !== '' && { budget: draft.budget }
      : { scope: scopeOf(draft.scope), ...(draft.on !== 'silence' && draft.by !== '' && { by: draft.by }) }),
  };
  return {
    name: draft.name.trim(),
    enabled: draft.enabled,
    rule,
    channels: draft.channels.map(({ type, to }) =>
      type === 'email'
        ? { type, to: to.split(/[\s,;]+/).filter((address) => address !== '') }
        : { type, url: to.trim() },
    ),
    ...(version !== undefined && { version }),
  };
}

/** What it waits for, in one sentence. */
export function ruleText(rule: AlertRule): string {
  const each = 'by' in rule && rule.by !== undefined ? `, for each ${rule.by}` : '';
  switch (rule.on) {
    case 'budget':
      return rule.threshold > 0
        ? `A budget reaches a threshold from ${rule.threshold}% on`
        : 'A budget reaches a threshold';
    case 'error_rate':
      return `More than ${rule.above}% of at least ${countOf(rule.callsMin, 'call')} fail in ${minutes(rule.windowMinutes)}${each}`;
    case 'latency':
      return `The p95 of at least ${countOf(rule.callsMin, 'call')} in ${minutes(rule.windowMinutes)} is above ${formatDuration(rule.above)}${each}`;
    case 'guard_blocks':
      return `The guard blocks more than ${countOf(rule.above, 'call')} in ${minutes(rule.windowMinutes)}${each}`;
    case 'spend_anomaly':
      return `An hour costs ${rule.above} times the usual spread more than usual, and at least $${rule.usdMin}${each}`;
    case 'silence':
      return `No call for ${minutes(rule.minutes)}, after there were some`;
  }
}

function minutes(count: number): string {
  return countOf(count, 'minute');
}
