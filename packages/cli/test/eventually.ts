/** Asks until there is an answer, as the store is a moment behind the acknowledgement. */
export async function eventually<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
  const until = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error('it did not happen within 15 seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
