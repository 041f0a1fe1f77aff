import type { SpanNode, SpanTree } from './build-tree.ts';
import { classify, shortName } from './classify.ts';

/** One line of two traces laid side by side. `left` is the trace that was opened, `right` the one it is compared with. */
export interface Pair {
  key: string;
  depth: number;
  left: SpanNode | null;
  right: SpanNode | null;
  /** Lines below it that differ, itself not counted; what is the same can be folded away. */
  differencesBelow: number;
  difference: Difference | null;
}

/** `only-left` and `only-right`: the other trace has no such step. `failed`: one of the two went wrong. */
export type Difference = 'only-left' | 'only-right' | 'failed' | 'model' | 'slower' | 'faster' | 'dearer' | 'cheaper';

/** A duration or a cost differs when it does so by this share and by more than a glance notices. */
const SHARE = 0.25;
const MS_MIN = 20;
const NANOS_MIN = 100_000n;

/**
 * Lays two trees side by side: of two spans that belong together, the children of the same kind and name belong together in their
 * order. What has no partner stands alone, in the place where it would be. Lines come parents first, as the page draws them.
 */
export function compareTrees(left: SpanTree, right: SpanTree): Pair[] {
  const pairs: Pair[] = [];
  interface Task {
    left: SpanNode | null;
    right: SpanNode | null;
    depth: number;
    key: string;
  }
  const stack: Task[] = [];
  const push = (lefts: readonly SpanNode[], rights: readonly SpanNode[], depth: number, path: string) => {
    const matched = align(lefts, rights);
    for (let i = matched.length - 1; i >= 0; i--) stack.push({ ...matched[i]!, depth, key: `${path}/${i}` });
  };
  push([...left.roots, ...left.detached], [...right.roots, ...right.detached], 0, '');
  for (let task = stack.pop(); task; task = stack.pop()) {
    pairs.push({ ...task, differencesBelow: 0, difference: differenceOf(task.left, task.right) });
    push(task.left?.children ?? [], task.right?.children ?? [], task.depth + 1, task.key);
  }
  countBelow(pairs);
  return pairs;
}

/**
 * Pairs two lists by name. The k-th of a name on one side belongs to the k-th on the other; those without a partner keep their
 * place between the pairs.
 */
function align(lefts: readonly SpanNode[], rights: readonly SpanNode[]) {
  const waiting = new Map<string, SpanNode[]>();
  for (const right of rights) {
    const name = nameOf(right);
    const list = waiting.get(name);
    if (list) list.push(right);
    else waiting.set(name, [right]);
  }
  const partners = new Map<SpanNode, SpanNode>();
  const taken = new Set<SpanNode>();
  const next = new Map<string, number>();
  for (const left of lefts) {
    const name = nameOf(left);
    const at = next.get(name) ?? 0;
    const right = waiting.get(name)?.[at];
    if (!right) continue;
    next.set(name, at + 1);
    partners.set(left, right);
    taken.add(right);
  }
  const result: { left: SpanNode | null; right: SpanNode | null }[] = [];
  const alone = rights.filter((right) => !taken.has(right));
  const place = new Map(rights.map((right, i) => [right, i]));
  let nextAlone = 0;
  for (const left of lefts) {
    const right = partners.get(left);
    if (right)
      while (nextAlone < alone.length && place.get(alone[nextAlone]!)! < place.get(right)!)
        result.push({ left: null, right: alone[nextAlone++]! });
    result.push({ left, right: right ?? null });
  }
  while (nextAlone < alone.length) result.push({ left: null, right: alone[nextAlone++]! });
  return result;
}

/** A model call is the same step though another model answered it. */
function nameOf(node: SpanNode): string {
  const kind = classify(node.span);
  return kind === 'model' ? `model ${node.span.operation ?? ''}` : `${kind} ${shortName(node.span)}`;
}

function differenceOf(left: SpanNode | null, right: SpanNode | null): Difference | null {
  if (!right) return 'only-left';
  if (!left) return 'only-right';
  if ((left.span.status === 'error') !== (right.span.status === 'error')) return 'failed';
  if (left.span.model !== right.span.model) return 'model';
  const [leftNanos, rightNanos] = [left.subtree.costNanos, right.subtree.costNanos];
  const gap = leftNanos - rightNanos;
  const apart = gap < 0n ? -gap : gap;
  const more = leftNanos > rightNanos ? leftNanos : rightNanos;
  if (apart >= NANOS_MIN && Number(apart) > Number(more) * SHARE) return gap > 0n ? 'dearer' : 'cheaper';
  const ms = left.span.durationMs - right.span.durationMs;
  const longer = Math.max(left.span.durationMs, right.span.durationMs);
  if (Math.abs(ms) >= MS_MIN && Math.abs(ms) > longer * SHARE) return ms > 0 ? 'slower' : 'faster';
  return null;
}

function countBelow(pairs: Pair[]): void {
  const open: Pair[] = [];
  for (const pair of pairs) {
    while (open.length > 0 && open.at(-1)!.depth >= pair.depth) close(open);
    open.push(pair);
  }
  while (open.length > 0) close(open);
}

function close(open: Pair[]): void {
  const pair = open.pop()!;
  const above = open.at(-1);
  if (above) above.differencesBelow += pair.differencesBelow + (pair.difference === null ? 0 : 1);
}
