/** What record `id` contains. Some are small, some span several blocks of the disk. */
export function bodyOf(id: string): string {
  const size = (Number(id.split('-')[1]) * 7919) % 20_000;
  return `${id} ${'content '.repeat(size / 8)}`;
}
