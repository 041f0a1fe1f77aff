import { describe, expect, it } from 'vitest';
import { harness } from '../../test/harness.ts';
import { type Adapter, call } from '../adapter.ts';
import { Instrumentor } from '../instrumentor.ts';

const h = harness();

/** A library that traces itself, unless it is told not to. */
class Chatty {
  tracing = true;
  async ask(): Promise<{ said: boolean }> {
    return { said: this.tracing };
  }
}
const chatty: Adapter = {
  provider: () => 'chatty',
  baseUrl: () => undefined,
  package: 'chatty',
  versions: '>=1',
  clients: ['Chatty'],
  sample: [],
  detect: (client) => client instanceof Chatty,
  calls: { ask: call({ operation: 'chat', asked: () => ({}), answered: () => ({}) }) },
  helpers: [],
  derives: [],
  silence(client) {
    const tracer = client as Chatty;
    tracer.tracing = false;
    return () => void (tracer.tracing = true);
  },
};

describe('an instrumentor of a library that traces itself', () => {
  it('TK-22 stops the library’s own spans from the first call on, and gives them back', async () => {
    const client = new Chatty();
    const instrumentor = new Instrumentor(chatty).instrument({ module: { Chatty } });
    expect(await client.ask()).toEqual({ said: false });
    expect((await h.span()).attributes['gen_ai.provider.name']).toBe('chatty');
    instrumentor.uninstrument();
    expect(await client.ask()).toEqual({ said: true });
    instrumentor.instrument({ module: { Chatty } });
    expect(await client.ask()).toEqual({ said: false });
    instrumentor.uninstrument();
    expect(await h.spans()).toHaveLength(2);
  });

  it('keeps none of the clients alive for that', async () => {
    const instrumentor = new Instrumentor(chatty).instrument({ module: { Chatty } });
    const clients: WeakRef<Chatty>[] = [];
    // A client for each request, as some servers have it.
    for (let count = 0; count < 200; count++) {
      const client = new Chatty();
      clients.push(new WeakRef(client));
      await client.ask();
    }
    await h.spans();
    await expect
      .poll(() => {
        globalThis.gc?.();
        return clients.filter((each) => each.deref() !== undefined).length;
      })
      .toBeLessThan(100);
    instrumentor.uninstrument();
  });

  it('a method called on something that is no client is simply called', async () => {
    const broken: Adapter = {
      ...chatty,
      *points({ Chatty: Class }) {
        const { ask } = chatty.calls;
        yield {
          holder: (Class as typeof Chatty).prototype,
          method: 'ask',
          call: ask!,
          clientOf: () => {
            throw new Error('no client here');
          },
        };
      },
    };
    const instrumentor = new Instrumentor(broken).instrument({ module: { Chatty } });
    expect(await new Chatty().ask()).toEqual({ said: true });
    instrumentor.uninstrument();
    expect(await h.spans()).toEqual([]);
  });
});
