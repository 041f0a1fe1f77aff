/** Where the tests of shared caches find a Redis. Valkey speaks the same. */
import { canInstall, type DebianMachine, install, thisMachine } from './debian-package.ts';

/** The first that exists is taken. */
const places = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].flatMap((folder) => [
  `${folder}/redis-server`,
  `${folder}/valkey-server`,
]);

/** Path of a Redis or Valkey server; undefined when the machine has none. */
export function findRedis(machine = thisMachine): string | undefined {
  return places.find((file) => machine.exists(file));
}

/** Finds a server, or installs Debian's; says aloud before it does. */
export function ensureRedis(
  say: (line: string) => void,
  machine: DebianMachine = thisMachine,
): { path: string } | { problem: string } {
  const present = findRedis(machine);
  if (present !== undefined) return { path: present };
  if (!canInstall(machine))
    return { problem: 'No Redis was found. Install one: "apt-get install redis-server" as root on Debian, or Valkey.' };
  say('No Redis was found: installing the package redis-server with apt-get, once.');
  const problem = install('redis-server', machine);
  if (problem !== undefined) return { problem };
  const installed = findRedis(machine);
  return installed === undefined
    ? { problem: 'apt-get installed redis-server, but it is in none of the usual places.' }
    : { path: installed };
}
