import { limits } from '@tallyspan/facts';
import { type Direction, type Scanner, type Span, verdictOf } from '../scanner.ts';

export interface CodeOptions {
  /** `found` (default): a text with code is refused. `missing`: a text without is. */
  refuse?: 'found' | 'missing';
  /** Only these, as they are named after three backticks: `['python', 'sql', 'bash']`. Default: any. */
  languages?: readonly string[];
  /** Default 0.5. */
  threshold?: number;
  /** Default: both. */
  directions?: readonly Direction[];
}

/** Lines as only programs have them, by language. Each is tried on one line of at most 400 characters. */
const LINES: readonly { language: string; pattern: RegExp }[] = [
  {
    language: 'python',
    pattern: /^\s{0,40}(?:def \w+\(|class \w+[(:]|from [\w.]+ import |import \w+$|print\(|elif .{1,200}:$|if __name__)/,
  },
  {
    language: 'javascript',
    pattern:
      /^\s{0,40}(?:(?:const|let|var) [\w{[]|function \w*\(|export (?:default|const|function)|import .{1,200} from ['"]|console\.\w+\(|\}\);?$|return .{1,200};$)/,
  },
  {
    language: 'java',
    pattern:
      /^\s{0,40}(?:public |private |protected )(?:static |final |abstract )?[\w<>[\]]+ \w+|^\s{0,40}System\.out\./,
  },
  {
    language: 'c',
    pattern:
      /^\s{0,40}(?:#include\s*[<"]|#define \w|(?:int|void|char|double|size_t|unsigned) \*?\w+\(.{0,200}\)\s*\{?$|std::\w)/,
  },
  { language: 'go', pattern: /^\s{0,40}(?:package \w+$|func (?:\(\w+ \*?\w+\) )?\w+\(|\w+, err :?= )/ },
  { language: 'rust', pattern: /^\s{0,40}(?:pub )?(?:fn \w+[(<]|let mut \w|impl[ <]|use \w+::)/ },
  {
    language: 'sql',
    pattern:
      /^\s{0,40}(?:select .{1,300} from \w|insert into \w+|update \w+ set |delete from \w+|create (?:table|index) |drop table |alter table )/i,
  },
  {
    language: 'bash',
    pattern: /^\s{0,40}(?:#!\/|\$ \w|sudo \w|rm -rf |apt(?:-get)? install |curl -|export \w+=|chmod [+\d])/,
  },
  {
    language: 'html',
    pattern: /^\s{0,40}<(?:!doctype|html|head|body|div|script|style|table|a href|img |form|input)\b/i,
  },
  { language: 'php', pattern: /^\s{0,40}(?:<\?php|\$\w+\s*=)/ },
];

const LINE_CHARS_MAX = 400;
/** How much one such line says. Two are likely code. */
const LINE_WEIGHT = 0.35;

const ALIASES: Readonly<Record<string, string>> = {
  js: 'javascript',
  ts: 'javascript',
  typescript: 'javascript',
  jsx: 'javascript',
  tsx: 'javascript',
  py: 'python',
  sh: 'bash',
  shell: 'bash',
  zsh: 'bash',
  console: 'bash',
  'c++': 'c',
  cpp: 'c',
  rs: 'rust',
  golang: 'go',
};

/** Program code, in fences or as lines that only programs have. */
export function code({
  refuse = 'found',
  languages,
  threshold = 0.5,
  directions = ['input', 'output'],
}: CodeOptions = {}): Scanner {
  const wanted = languages && new Set(languages.map(nameOf));
  return {
    name: 'Code',
    directions,
    redacts: refuse === 'found',
    scan(text) {
      const { score, spans } = codeIn(text, wanted);
      return refuse === 'found' ? verdictOf(score, threshold, spans) : verdictOf(1 - score, threshold);
    },
  };
}

const nameOf = (language: string) => ALIASES[language.toLowerCase()] ?? language.toLowerCase();

function codeIn(text: string, wanted: ReadonlySet<string> | undefined): { score: number; spans: Span[] } {
  const spans: Span[] = [];
  let harmless = 1;
  let fence: { start: number; language: string } | undefined;
  for (const { line, start, end } of linesOf(text)) {
    if (spans.length >= limits.guardSpansMax) break;
    const mark = /^\s{0,3}```\s{0,3}([\w+#-]{0,20})/.exec(line);
    if (mark) {
      if (!fence) fence = { start, language: nameOf(mark[1]!) };
      else {
        if (!wanted || wanted.has(fence.language)) {
          spans.push({ start: fence.start, end, kind: 'CODE' });
          harmless = 0;
        }
        fence = undefined;
      }
      continue;
    }
    const known = LINES.find(({ language, pattern }) => (!wanted || wanted.has(language)) && pattern.test(line));
    if (!known) continue;
    if (!fence) spans.push({ start, end, kind: 'CODE' });
    harmless *= 1 - LINE_WEIGHT;
  }
  return { score: 1 - harmless, spans };
}

function* linesOf(text: string): Generator<{ line: string; start: number; end: number }> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield { line: text.slice(start, Math.min(end, start + LINE_CHARS_MAX)).trimEnd(), start, end };
    start = end + 1;
  }
}
