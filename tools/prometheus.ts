/** Where the tests of dashboards and rules find a Prometheus, and the promtool that comes with it. */
import { canInstall, type DebianMachine, install, thisMachine } from './debian-package.ts';

const places = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

export interface Prometheus {
  prometheus: string;
  promtool: string;
}

/** Undefined when the machine does not have both in one place. */
export function findPrometheus(machine = thisMachine): Prometheus | undefined {
  const folder = places.find((place) => ['prometheus', 'promtool'].every((name) => machine.exists(`${place}/${name}`)));
  return folder === undefined ? undefined : { prometheus: `${folder}/prometheus`, promtool: `${folder}/promtool` };
}

/** Finds them, or installs Debian's; says aloud before it does. */
export function ensurePrometheus(
  say: (line: string) => void,
  machine: DebianMachine = thisMachine,
): Prometheus | { problem: string } {
  const present = findPrometheus(machine);
  if (present) return present;
  if (!canInstall(machine))
    return {
      problem:
        'No Prometheus was found. Install one with its promtool: "apt-get install prometheus" as root on Debian.',
    };
  say('No Prometheus was found: installing the package prometheus with apt-get, once.');
  const problem = install('prometheus', machine);
  if (problem !== undefined) return { problem };
  return findPrometheus(machine) ?? { problem: 'apt-get installed prometheus, but it is in none of the usual places.' };
}
