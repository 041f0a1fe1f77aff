import type { Attachment } from '../../attach.ts';
import { watchTransport } from '../../gateway/connection.ts';
import type { WatchOptions } from '../../options.ts';
import { fields } from '../../read.ts';
import { type Method, shadow } from '../../shadow.ts';
import { warnOnce } from '../../state.ts';

/**
 * The Model Context Protocol's own library: a client, a server, an `McpServer`, or a module that exports their classes. It is asked nothing
 * but which transport it connects to; everything else is read off the messages.
 */
const mcp = (name: string, versions: string, file?: string): Attachment => ({
  package: name,
  versions,
  ...(file !== undefined && { file }),
  detect: (library) => partiesOf(library).length > 0,
  attach(library, { options }) {
    const undo: (() => void)[] = [];
    for (const party of partiesOf(library)) attachTo(party, options, undo);
    return () => undo.toReversed().forEach((each) => each());
  },
});

/** The first major has a file for each class, and all of them twice; programs load the ones they need. */
export const attachments: readonly Attachment[] = [
  mcp('@modelcontextprotocol/sdk', '>=1.10', 'dist/esm/shared/protocol'),
  mcp('@modelcontextprotocol/sdk', '>=1.10', 'dist/cjs/shared/protocol'),
  mcp('@modelcontextprotocol/client', '>=2'),
  mcp('@modelcontextprotocol/server', '>=2'),
];

/** What both ends of a conversation can do, in both majors. */
const METHODS = ['connect', 'close', 'request', 'notification', 'setRequestHandler'];

function isParty(value: unknown): value is object {
  return METHODS.every((name) => typeof fields(value)[name] === 'function');
}

/** The objects whose `connect` is to be seen: an instance, the one inside of an `McpServer`, or the prototypes of exported classes. */
function partiesOf(library: unknown): object[] {
  if (isParty(library)) return [library];
  const { server, connect, Protocol, Client, Server } = fields(library);
  if (typeof connect === 'function' && isParty(server)) return [server];
  const prototypes = new Set<object>();
  for (const exported of [Protocol, Client, Server]) {
    if (typeof exported !== 'function') continue;
    // Each class of a family may have a `connect` of its own that goes on to that of its parent.
    for (let at: unknown = exported.prototype; isParty(at); at = Object.getPrototypeOf(at))
      if (Object.hasOwn(at, 'connect')) prototypes.add(at);
  }
  return [...prototypes];
}

function attachTo(party: object, options: WatchOptions, undo: (() => void)[]): void {
  const connect = fields(party)['connect'] as Method;
  const isClass = Object.hasOwn(party, 'constructor');
  let stop: (() => void) | undefined;
  const see = (transport: unknown) => {
    if (typeof transport !== 'object' || transport === null) return;
    try {
      const stopping = watchTransport(transport, options);
      // One at a time. Those of a whole class are not remembered: they are the program's, and end when they close.
      if (!isClass) stop = stopping ?? stop;
    } catch {
      warnOnce('mcp:transport', 'an MCP transport cannot be watched (is it frozen?); its messages are not recorded');
    }
  };
  undo.push(
    () => stop?.(),
    shadow(party, 'connect', connect, function (this: unknown, ...args: unknown[]) {
      see(args[0]);
      return Reflect.apply(connect, this, args) as unknown;
    }),
  );
  // A client that was connected before it came to us.
  if (!isClass) see(fields(party)['transport']);
}
