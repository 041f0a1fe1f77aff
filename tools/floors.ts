/**
 * The house has floors, and imports go down only. The table is the drawing; the rest of this file reads every import in the
 * packages' src folders and says where it does not fit, and what to do instead.
 *
 *   3   ui   cli
 *   2   server   dashboards
 *   1   sdk   store
 *   0   facts
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { readImports, type Import } from './read-imports.ts';

interface Room {
  /** Name in package.json. */
  name: string;
  floor: 0 | 1 | 2 | 3;
  /** Packages of ours it may take types from, but no code. */
  typesOnly?: string[];
  /** Packages of ours below it that it must not know all the same, with what to use instead. */
  notKnown?: Record<string, string>;
  /** It also runs in a browser, so Node's own modules are not there. */
  inBrowser?: boolean;
}

/** Folder below packages/ → its room. examples, bench, e2e and tools stand outside the house and may import any room. */
export const floors: Record<string, Room> = {
  facts: { name: '@tallyspan/facts', floor: 0, inBrowser: true },
  sdk: { name: '@tallyspan/sdk', floor: 1 },
  store: { name: '@tallyspan/store', floor: 1 },
  server: {
    name: '@tallyspan/server',
    floor: 2,
    notKnown: {
      '@tallyspan/sdk': 'the server reads OTLP from anybody; what both must agree on belongs in packages/facts',
    },
  },
  ui: {
    name: '@tallyspan/ui',
    floor: 3,
    inBrowser: true,
    typesOnly: ['@tallyspan/server'],
    notKnown: {
      '@tallyspan/sdk': 'the page asks the query API; take the types of its answers from @tallyspan/server',
      '@tallyspan/store': 'the page asks the query API; take the types of its answers from @tallyspan/server',
    },
  },
  cli: { name: 'tallyspan', floor: 3 },
  dashboards: {
    name: '@tallyspan/dashboards',
    floor: 2,
    notKnown: {
      '@tallyspan/sdk': 'dashboards are built from names in packages/facts',
      '@tallyspan/store': 'dashboards are built from names in packages/facts',
    },
  },
};

/** One import that does not fit. `fix` names the replacement. */
export interface Problem {
  file: string;
  line: number;
  what: string;
  fix: string;
}

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const builtins = new Set(builtinModules);

/** Reads every import in the src folders of the packages below `root`. */
export function checkFloors(root: string): { problems: Problem[]; imports: number; files: number } {
  const problems: Problem[] = [];
  let imports = 0;
  let files = 0;
  const rootManifest = readManifest(root);
  const folders = readdirSync(join(root, 'packages'), { withFileTypes: true }).filter((entry) => entry.isDirectory());

  for (const { name: folder } of folders) {
    const room = floors[folder];
    const home = join(root, 'packages', folder);
    if (room === undefined) {
      const fix = 'Give it a floor in the table of tools/floors.ts, or move it out of packages.';
      problems.push({ file: `packages/${folder}`, line: 1, what: 'is on no floor', fix });
      continue;
    }
    const manifest = readManifest(home);
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      const wrong: Wrong = room.typesOnly?.includes(dependency)
        ? { what: `depends on ${dependency}`, fix: 'Move it to "devDependencies": only its types may be used here.' }
        : roomProblem(room, dependency, false);
      if (wrong) problems.push({ file: `packages/${folder}/package.json`, line: 1, ...wrong });
    }
    for (const file of sourcesBelow(join(home, 'src'))) {
      files += 1;
      const visible = relative(root, file).split(sep).join('/');
      for (const found of readImports(file, readFileSync(file, 'utf8'))) {
        imports += 1;
        const wrong = importProblem({ room, home, file, manifest, rootManifest, found });
        if (wrong) problems.push({ file: visible, line: found.line, ...wrong });
      }
    }
  }
  return { problems, imports, files };
}

type Wrong = { what: string; fix: string } | undefined;

interface Case {
  room: Room;
  home: string;
  file: string;
  manifest: Manifest;
  rootManifest: Manifest;
  found: Import;
}

function importProblem({ room, home, file, manifest, rootManifest, found }: Case): Wrong {
  const { specifier, typeOnly } = found;
  const isTest = /\.(test|fuzz)\.tsx?$/.test(file);

  if (specifier.startsWith('.') || specifier.startsWith('/')) return relativeProblem(home, file, specifier);
  const target = packageName(specifier);

  if (specifier.startsWith('node:') || builtins.has(target)) {
    if (room.inBrowser && !isTest && !typeOnly) {
      const fix =
        'Pass in what it gives from a package that runs in Node only, such as packages/store or packages/cli.';
      return { what: `imports ${specifier}, but ${room.name} also runs in a browser`, fix };
    }
    return undefined;
  }
  return (
    roomProblem(room, target, typeOnly || isTest) ??
    undeclaredProblem({ manifest, rootManifest, target, typeOnly, isTest })
  );
}

/** A relative import stays inside its package. */
function relativeProblem(home: string, file: string, specifier: string): Wrong {
  const target = resolve(dirname(file), specifier);
  if (target.startsWith(home + sep)) return undefined;
  const other = relative(dirname(home), target).split(sep)[0] ?? '';
  const name = floors[other]?.name;
  const fix = name
    ? `Import "${name}" and export what is needed from its index.ts.`
    : 'Move the file into this package, or make it a dependency with a name.';
  return { what: `imports ${specifier}, which lies outside the package`, fix };
}

/** Down only, and only where the table lets it. */
function roomProblem(room: Room, target: string, typeOnly: boolean): Wrong {
  const other = Object.values(floors).find((candidate) => candidate.name === target);
  if (other === undefined) return undefined;
  const what = `imports ${target}`;

  if (other === room) return { what: `${what}, which is itself`, fix: 'Import the file with a relative path.' };
  if (other.floor > room.floor) {
    const fix = 'Imports go down: move what both need to packages/facts, or hand it in as an argument from above.';
    return { what: `${what} (floor ${other.floor}) from floor ${room.floor}`, fix };
  }
  if (other.floor === room.floor) {
    const fix =
      'Neighbours do not know each other: move what both need to packages/facts, and let a higher floor join them.';
    return { what: `${what}, which is on the same floor (${room.floor})`, fix };
  }
  const reason = room.notKnown?.[target];
  if (reason !== undefined) return { what, fix: `Not from here: ${reason}.` };
  if (room.typesOnly?.includes(target) && !typeOnly) {
    return { what: `${what} as code`, fix: 'Write "import type": only its types may be used here.' };
  }
  return undefined;
}

/** Code that ships needs a dependency (types may come from a dev dependency); tests may use the tools of the root. */
function undeclaredProblem(
  asked: Pick<Case, 'manifest' | 'rootManifest'> & { target: string; typeOnly: boolean; isTest: boolean },
): Wrong {
  const { manifest, rootManifest, target, typeOnly, isTest } = asked;
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  const development = { ...manifest.devDependencies, ...rootManifest.devDependencies };
  const typesOf = `@types/${target.replace('@', '').replace('/', '__')}`;
  if (target in declared) return undefined;
  if ((typeOnly || isTest) && (target in development || typesOf in development)) return undefined;
  const fix = `Add "${target}" to "dependencies" of packages/${folderOf(manifest)}/package.json with an exact version.`;
  return { what: `imports ${target}, which its package.json does not declare`, fix };
}

function folderOf(manifest: Manifest): string {
  return Object.keys(floors).find((folder) => floors[folder]?.name === manifest.name) ?? manifest.name;
}

/** '@scope/name/deep' → '@scope/name'; 'name/deep' → 'name'. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function sourcesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
