import { ask, type Report, type Task } from './ask.ts';
import { collect } from './collect.ts';
import type { Policy } from './policy.ts';
import type { Direction, GuardText, Scanner } from './scanner.ts';
import { Vault } from './vault.ts';
import type { Verdict } from './verdict.ts';

/**
 * Looks at what is about to be sent. Answers at once when all scanners do, so that a call need not wait for a promise; never throws
 * and never rejects: what goes wrong inside is part of the verdict.
 */
export function scanBefore(
  policy: Policy,
  texts: readonly GuardText[],
  vault = new Vault(),
): Verdict | Promise<Verdict> {
  return scan(policy, 'input', texts, texts, vault);
}

/** Looks at what came back. The texts that were asked tell an answer that leaks from one that repeats what the user said. */
export function scanAfter(
  policy: Policy,
  promptTexts: readonly GuardText[],
  outputTexts: readonly GuardText[],
  vault = new Vault(),
): Verdict | Promise<Verdict> {
  return scan(policy, 'output', outputTexts, promptTexts, vault);
}

function scan(
  policy: Policy,
  direction: Direction,
  texts: readonly GuardText[],
  prompts: readonly GuardText[],
  vault: Vault,
): Verdict | Promise<Verdict> {
  const startedAt = performance.now();
  const task: Task = {
    policy,
    direction,
    texts,
    prompt: joined(prompts.filter(({ origin }) => origin !== 'system')),
    system: joined(prompts.filter(({ origin }) => origin === 'system')),
    deadline: startedAt + policy.scanMsMax,
  };
  const judge = (reports: readonly Report[]): Verdict => ({
    ...collect(policy, direction, texts, reports, vault),
    durationMs: performance.now() - startedAt,
  });
  const scanners = direction === 'input' ? policy.input : policy.output;
  const remote = scanners.filter((scanner) => scanner.remote);
  const local = scanners.filter((scanner) => !scanner.remote).map((scanner) => ask(scanner, task));
  if (remote.length === 0 && local.every((report) => !(report instanceof Promise))) return judge(local as Report[]);
  return Promise.all(local.map(async (report) => report)).then((reports) => askRemote(remote, reports, task, judge));
}

/**
 * Remote scanners come last, and not at all when a local one already blocks. They see the texts as the local ones left them, so that
 * nothing that was replaced leaves the process. Those that rewrite texts themselves are asked one after the other.
 */
async function askRemote(
  remote: readonly Scanner[],
  local: readonly Report[],
  task: Task,
  judge: (reports: readonly Report[]) => Verdict,
): Promise<Verdict> {
  const reports = [...local];
  let verdict = judge(reports);
  const turns = remote.some((scanner) => scanner.redacts) ? remote.map((scanner) => [scanner]) : [remote];
  for (const scanners of turns) {
    if (verdict.outcome === 'blocked' || scanners.length === 0) break;
    const texts = verdict.sanitizedTexts?.map((text, index) => ({ ...task.texts[index]!, text })) ?? task.texts;
    reports.push(...(await Promise.all(scanners.map(async (scanner) => ask(scanner, { ...task, texts })))));
    verdict = judge(reports);
  }
  return verdict;
}

function joined(texts: readonly GuardText[]): string {
  return texts.length === 1 ? texts[0]!.text : texts.map(({ text }) => text).join('\n');
}
