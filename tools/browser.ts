/** Where the tests of the page find a browser. Playwright's own downloads are not used: any Chromium of the machine does. */
import { join } from 'node:path';
import { canInstall, type DebianMachine, install, thisMachine as debian } from './debian-package.ts';

/** Usual places by platform; the first that exists is taken. CHROME_PATH goes before all. */
const places: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/opt/google/chrome/chrome',
    '/usr/bin/microsoft-edge',
    '/snap/bin/chromium',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    ...['ProgramFiles', 'ProgramFiles(x86)', 'LocalAppData'].flatMap((variable) => {
      const folder = process.env[variable];
      if (folder === undefined) return [];
      return [
        join(folder, 'Google/Chrome/Application/chrome.exe'),
        join(folder, 'Microsoft/Edge/Application/msedge.exe'),
      ];
    }),
  ],
};

/** The machine as far as this file asks about it. Tests give another one. */
export interface Machine extends DebianMachine {
  chromePath: string | undefined;
}

const thisMachine: Machine = { ...debian, chromePath: process.env['CHROME_PATH'] };

/** Path of a Chromium, Chrome or Edge; undefined when the machine has none. CHROME_PATH is believed only where it exists. */
export function findBrowser(machine = thisMachine): string | undefined {
  const candidates = [machine.chromePath ?? '', ...(places[machine.platform] ?? [])];
  return candidates.find((file) => file !== '' && machine.exists(file));
}

export type Found = { path: string } | { problem: string };

/** Finds a browser, or installs Debian's when that needs nobody's permission; says aloud before it does. */
export function ensureBrowser(say: (line: string) => void, machine = thisMachine): Found {
  if (machine.chromePath !== undefined && machine.chromePath !== '' && !machine.exists(machine.chromePath)) {
    return {
      problem: `CHROME_PATH is ${machine.chromePath}, which does not exist. Point it at a Chrome, Chromium or Edge.`,
    };
  }
  const present = findBrowser(machine);
  if (present !== undefined) return { path: present };

  if (!canInstall(machine)) {
    return {
      problem:
        'No Chrome, Chromium or Edge was found. Install one ("apt-get install chromium" as root on Debian, ' +
        'https://www.google.com/chrome elsewhere), or set CHROME_PATH to the one you have.',
    };
  }

  say('No browser was found: installing the package chromium with apt-get, once.');
  const problem = install('chromium', machine);
  if (problem !== undefined) return { problem };
  const installed = findBrowser(machine);
  if (installed !== undefined) return { path: installed };
  return { problem: 'apt-get installed chromium, but it is in none of the usual places. Set CHROME_PATH to it.' };
}
