import { type Meaning, meanings } from './lexicon.ts';
import type { Tokens } from './tokens.ts';

/** One word of a rule: it means one of these, and at most `gap` other words stand before it. */
interface Step {
  mask: number;
  gap: number;
}

export interface Rule {
  /** The part before the dash is its group: of several rules of a group that hold, only the strongest counts. */
  name: string;
  /** How sure an attack is when this stands in a text, 0..1. Several groups add up as independent witnesses do. */
  weight: number;
  steps: readonly Step[];
  /** A word of this meaning in between spoils it. */
  unless: number;
}

/**
 * `'override 3:prior|all 2:instructions'`: a word of the first meaning, then within the next four one of the second, and so on, all in
 * one sentence.
 */
function rule(name: string, weight: number, steps: string, unless?: Meaning): Rule {
  const parsed = steps.split(' ').map((step): Step => {
    const [gap, names] = step.includes(':') ? step.split(':') : ['0', step];
    const mask = names!.split('|').reduce((bits, meaning) => bits | meanings[meaning as Meaning], 0);
    return { mask, gap: Number(gap) };
  });
  return { name, weight, steps: parsed, unless: unless ? meanings[unless] : 0 };
}

/** Weights were set by hand and checked against the development data; see docs/guard.md. */
export const rules: readonly Rule[] = [
  // Put aside what you were told
  rule('override-prior', 0.9, 'override 3:prior 3:instructions', 'indefinite'),
  rule('override-all', 0.6, 'override 1:all 3:instructions', 'indefinite'),
  rule('override-your', 0.7, 'override 1:your 3:instructions|limits', 'indefinite'),
  rule('override-system', 0.6, 'override 2:system 2:instructions|prompt', 'indefinite'),
  rule('override-noun-first', 0.75, 'override 3:instructions 3:prior', 'indefinite'),
  rule('override-told', 0.75, 'override 1:all 3:you 2:told'),
  rule('override-told-before', 0.55, 'override 1:all 2:told|is 1:prior'),
  rule('override-all-before', 0.55, 'override 0:all 1:prior'),
  rule('override-last', 0.9, 'prior|all|your|system 3:instructions|prompt 3:overrideLast'),
  rule('override-never-follow', 0.75, 'never 1:follow 1:your|prior|all 2:instructions'),
  rule('override-user', 0.35, 'override 1:user'),
  rule('void-yours', 0.55, 'your|prior 2:instructions|limits 3:voided'),
  rule('void-limits', 0.3, 'limits 3:voided'),
  rule('new-instructions', 0.3, 'new 0:instructions'),
  rule('new-follow', 0.3, 'follow 1:new 1:instructions'),
  // Say what you were told
  rule('reveal-system-prompt', 0.6, 'reveal 2:your 1:system 0:prompt'),
  rule('reveal-system', 0.52, 'reveal 2:system 0:prompt', 'indefinite'),
  rule('reveal-your-prompt', 0.55, 'reveal 3:your 2:prompt', 'indefinite'),
  rule('reveal-what-is', 0.52, 'is 0:your 1:system 1:prompt'),
  rule('reveal-what-are', 0.5, 'is 0:your 0:prompt'),
  rule('reveal-told', 0.45, 'reveal 3:instructions|prompt|secret 2:you 2:told'),
  rule('reveal-above', 0.45, 'reveal 1:all|text 2:text|prompt|instructions 1:prior'),
  rule('reveal-last', 0.55, 'your|system|prior 1:system 1:prompt 2:reveal'),
  rule('own-prompt', 0.3, 'your 1:system 0:prompt'),
  // Be somebody else
  rule('free-self', 0.6, 'you 2:now|is|act 3:unrestricted'),
  rule('free-act', 0.6, 'act 4:unrestricted'),
  rule('free-model', 0.5, 'unrestricted 1:model'),
  rule('free-of-limits', 0.5, 'act|you 5:without 2:limits'),
  rule('free-model-of-limits', 0.4, 'model 4:without 2:limits'),
  rule('free-of-all-limits', 0.35, 'without 0:all|your 2:limits'),
  rule('mode-special', 0.3, 'special 0:mode'),
  rule('mode-now', 0.4, 'you 2:now 3:mode'),
  rule('refuse-never', 0.35, 'never 1:refuse'),
  rule('refuse-you', 0.45, 'you|act 3:never 2:refuse'),
  rule('role-model', 0.15, 'act 3:model'),
  rule('now-you', 0.15, 'you 1:now'),
  // Do it behind somebody's back
  rule('conceal-user', 0.45, 'never 1:reveal 2:user'),
  rule('send-secret', 0.35, 'send 4:your|all|user|system 3:secret'),
  rule('address-model', 0.3, 'address 2:model'),
  rule('address-if', 0.3, 'you 2:is 1:model'),
];

/** Literal marks of how chat models are fed; nobody types them by accident. Looked for in the folded text. */
export const marks: readonly { text: string; weight: number }[] = [
  { text: '<|im_start|>', weight: 0.5 },
  { text: '<|im_end|>', weight: 0.4 },
  { text: '<|system|>', weight: 0.5 },
  { text: '<|endoftext|>', weight: 0.45 },
  { text: '<|eot_id|>', weight: 0.5 },
  { text: '<|start_header_id|>', weight: 0.5 },
  { text: '<<sys>>', weight: 0.5 },
  { text: '[/inst]', weight: 0.45 },
  { text: '[system](#', weight: 0.55 },
  { text: '</system>', weight: 0.3 },
  { text: '[end of user', weight: 0.35 },
  { text: 'do anything now', weight: 0.6 },
  { text: 'stay in character', weight: 0.2 },
  { text: 'system override', weight: 0.45 },
  { text: 'new instructions:', weight: 0.35 },
  { text: 'system:', weight: 0.12 },
  { text: '[jailbreak]', weight: 0.4 },
  { text: 'godmode', weight: 0.4 },
];

export interface Hit {
  name: string;
  weight: number;
  /** Offsets in the folded text. */
  start: number;
  end: number;
}

/** Places noted for one rule: a document may hold a phrase often, and evidence is weighed where it stands together. */
const HITS_PER_RULE_MAX = 4;

/** Every rule that holds, and where. */
export function hitsOf(tokens: Tokens): Hit[] {
  const hits: Hit[] = [];
  const known = new Uint32Array(tokens.count);
  let count = 0;
  for (let at = 0; at < tokens.count; at++) if (tokens.meaning[at] !== 0) known[count++] = at;
  for (const { name, weight, steps, unless } of rules) {
    if (steps.some(({ mask }) => (tokens.seen & mask) === 0)) continue;
    let noted = 0;
    const first = steps[0]!.mask;
    let after = 0;
    for (let index = 0; index < count && noted < HITS_PER_RULE_MAX; index++) {
      const from = known[index]!;
      if (from < after || (tokens.meaning[from]! & first) === 0) continue;
      const last = lastOf(tokens, from, steps);
      if (last === undefined || spoilt(tokens, from, last, unless)) continue;
      hits.push({ name, weight, start: tokens.start[from]!, end: tokens.end[last]! });
      noted += 1;
      after = last + 1;
    }
  }
  return hits;
}

/**
 * Follows the steps from one word on; answers the last word. The places a step can end at are the bits of a number, so the work for
 * one word is bounded by the width of the rule, however the text is made.
 */
function lastOf(tokens: Tokens, from: number, steps: readonly Step[]): number | undefined {
  const sentence = tokens.sentence[from]!;
  let reached = 1;
  let width = 0;
  for (let at = 1; at < steps.length; at++) {
    const { mask, gap } = steps[at]!;
    width += gap + 1;
    let next = 0;
    for (let offset = at; offset <= width; offset++) {
      const index = from + offset;
      if (index >= tokens.count || tokens.sentence[index] !== sentence) break;
      if ((tokens.meaning[index]! & mask) === 0) continue;
      // Some word reached so far is at most `gap` words before.
      const window = ((1 << (gap + 1)) - 1) << (offset - gap - 1 < 0 ? 0 : offset - gap - 1);
      if ((reached & window & ((1 << offset) - 1)) !== 0) next |= 1 << offset;
    }
    if (next === 0) return undefined;
    reached = next;
  }
  return from + (31 - Math.clz32(reached & -reached));
}

function spoilt(tokens: Tokens, from: number, last: number, unless: number): boolean {
  if (unless === 0) return false;
  for (let at = from + 1; at < last; at++) if ((tokens.meaning[at]! & unless) !== 0) return true;
  return false;
}
