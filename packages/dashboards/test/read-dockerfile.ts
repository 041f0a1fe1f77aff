/** The instructions of a Dockerfile, by stage: comments gone, continued lines joined. */
export interface Instruction {
  word: string;
  rest: string;
}

export function readDockerfile(text: string): { args: Record<string, string>; stages: Instruction[][] } {
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const args: Record<string, string> = {};
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (word === 'FROM') stages.push([]);
    if (stages.length > 0) stages.at(-1)!.push({ word, rest });
    else if (word === 'ARG') args[rest.split('=')[0]!] = rest.slice(rest.indexOf('=') + 1);
  }
  return { args, stages };
}
