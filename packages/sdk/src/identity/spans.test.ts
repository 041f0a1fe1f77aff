/** The identity on the spans, and what following it does to a program. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeAuthority } from '../../test/authority.ts';
import { harness, hello } from '../../test/harness.ts';
import { program } from '../../test/program.ts';
import { codes, startWorkloadApi, svidMessage, type WorkloadApi } from '../../test/workload-api.ts';
import { agent } from '../agent.ts';
import { watch } from '../watch.ts';
import { workloadIdentity } from './workload-identity.ts';

const h = harness();
const authority = makeAuthority('example.org');
let api: WorkloadApi;
beforeAll(async () => {
  api = await startWorkloadApi();
});
beforeEach(() =>
  api.push('FetchX509SVID', { svids: [svidMessage(authority, '/agent/a', authority.issue('/agent/a'))] }),
);
afterAll(() => api.remove());

const call = () => watch(h.openai()).chat.completions.create(hello);
const ids = async () => (await h.spans()).map(({ attributes }) => attributes['tally.spiffe_id']);

describe('LLM-35 EXT-04 with a workload identity', () => {
  it('LLM-35 spans carry the id of the SVID, an agent’s own id wins, and a template stands in', async () => {
    const identity = workloadIdentity({ socket: api.address });
    vi.stubEnv('SPIFFE_ID', '');
    h.init({ identity, spiffe: { trustDomain: 'template.org' } });
    // Nothing waits for the first SVID.
    expect(identity.spiffeId).toBeUndefined();
    const first = agent({ name: 'early' }, call)();
    await first;
    await identity.ready();
    await agent({ name: 'a', tenant: 'acme' }, call)();
    await agent({ name: 'b', spiffeId: 'spiffe://example.org/own' }, call)();
    await call();
    api.push('FetchX509SVID', { code: codes.PERMISSION_DENIED });
    await vi.waitFor(() => expect(identity.spiffeId).toBeUndefined());
    await agent({ name: 'c' }, call)();
    await call();
    const [, early, ...others] = await ids();
    expect(early).toBe('spiffe://template.org/agent/default/early/main');
    const [own, svid] = ['spiffe://example.org/own', 'spiffe://example.org/agent/a'];
    const template = 'spiffe://template.org/agent/default/c/main';
    expect(others).toEqual([svid, svid, own, own, svid, template, template, undefined]);
    identity.close();
    vi.unstubAllEnvs();
  });

  it('EXT-04 two agents in one process stay distinct, each with its own id or the one of the process', async () => {
    const identity = workloadIdentity({ socket: api.address });
    await identity.ready();
    h.init({ identity });
    const runs = Array.from({ length: 20 }, (_, index) =>
      index % 2
        ? agent({ name: 'odd', spiffeId: 'spiffe://example.org/odd' }, call)()
        : agent({ name: 'even' }, call)(),
    );
    await Promise.all(runs);
    for (const { attributes } of await h.spans())
      expect(attributes['tally.spiffe_id']).toBe(
        attributes['gen_ai.agent.name'] === 'odd' ? 'spiffe://example.org/odd' : 'spiffe://example.org/agent/a',
      );
    identity.close();
  });
});

const face = JSON.stringify(new URL('./index.ts', import.meta.url).href);
const begin = `const { workloadIdentity } = await import(${face}); const identity = workloadIdentity();`;

describe('a program that follows its identity', () => {
  it.each([
    [
      'ends by itself with the streams open',
      `${begin} await identity.ready(); identity.jwtBundles(); console.log(identity.spiffeId);`,
      'spiffe://example.org/agent/a\n',
    ],
    [
      'gets what it waits for with nothing else to do',
      `${begin} await identity.jwtSvid('x').catch(({ code }) => console.log(code));`,
      'WORKLOAD_API_FAILED\n',
    ],
  ])('%s', async (_, source, stdout) => {
    expect(await program(source, { SPIFFE_ENDPOINT_SOCKET: api.address })).toEqual({
      code: 0,
      signal: null,
      stdout,
      stderr: '',
    });
  });

  it('ends by itself when there is no agent', async () => {
    const ran = await program(`${begin} console.log(await identity.ready(50));`, {
      SPIFFE_ENDPOINT_SOCKET: 'unix:///nowhere.sock',
    });
    expect(ran).toEqual({ code: 0, signal: null, stdout: 'false\n', stderr: '' });
  });
});
