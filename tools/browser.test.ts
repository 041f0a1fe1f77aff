import { describe, expect, it } from 'vitest';
import { ensureBrowser, findBrowser, type Machine } from './browser.ts';

/** A Debian machine with these files; apt-get adds `aptBrings`, or fails. */
function debian(
  files: string[],
  { isRoot = true, chromePath = undefined as string | undefined, aptBrings = '', aptFails = '' } = {},
) {
  const there = new Set(files);
  const ran: string[] = [];
  const machine: Machine = {
    platform: 'linux',
    chromePath,
    isRoot,
    exists: (file) => there.has(file),
    aptGet: (...args) => {
      ran.push(args.join(' '));
      if (args[0] === aptFails) return { status: 100, stdout: '', stderr: 'E: no network' };
      if (args[0] === 'install') there.add(aptBrings);
      return { status: 0, stdout: '', stderr: '' };
    },
  };
  const said: string[] = [];
  return { machine, ran, said, ensure: () => ensureBrowser((line) => said.push(line), machine) };
}

describe('which browser the tests of the page use', () => {
  it('CHROME_PATH goes before the usual places', () => {
    const { machine } = debian(['/usr/bin/chromium', '/opt/mine/chrome'], { chromePath: '/opt/mine/chrome' });
    expect(findBrowser(machine)).toBe('/opt/mine/chrome');
  });

  it('a browser that is there is used, and nothing is installed', () => {
    const { ensure, ran, said } = debian(['/usr/bin/google-chrome', '/usr/bin/apt-get']);
    expect(ensure()).toEqual({ path: '/usr/bin/google-chrome' });
    expect({ ran, said }).toEqual({ ran: [], said: [] });
  });

  it("root on Debian without a browser gets Debian's chromium, and is told so", () => {
    const { ensure, ran, said } = debian(['/usr/bin/apt-get'], { aptBrings: '/usr/bin/chromium' });
    expect(ensure()).toEqual({ path: '/usr/bin/chromium' });
    expect(ran).toEqual(['update', 'install -y chromium']);
    expect(said).toEqual(['No browser was found: installing the package chromium with apt-get, once.']);
  });

  it('without root nothing is installed, and the message says how to get a browser', () => {
    const { ensure, ran } = debian(['/usr/bin/apt-get'], { isRoot: false });
    expect(ensure()).toEqual({ problem: expect.stringContaining('CHROME_PATH') });
    expect(ran).toEqual([]);
  });

  it('a CHROME_PATH that leads nowhere is named instead of being passed over', () => {
    const { ensure } = debian(['/usr/bin/chromium'], { chromePath: '/gone/chrome' });
    expect(ensure()).toEqual({ problem: expect.stringContaining('/gone/chrome') });
  });

  it('when apt-get fails, its words are shown', () => {
    const { ensure, ran } = debian(['/usr/bin/apt-get'], { aptFails: 'update' });
    expect(ensure()).toEqual({ problem: 'apt-get update failed:\nE: no network' });
    expect(ran).toEqual(['update']);
  });

  it('a package that brings no browser, such as the empty one of Ubuntu, is not taken for success', () => {
    const { ensure } = debian(['/usr/bin/apt-get'], { aptBrings: '/usr/share/doc/chromium' });
    expect(ensure()).toEqual({ problem: expect.stringContaining('none of the usual places') });
  });
});
