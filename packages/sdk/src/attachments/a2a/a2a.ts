import { isClient, watchClient } from '../../a2a/client.ts';
import { isExecutor, isHandler, watchExecutor, watchHandler } from '../../a2a/server.ts';
import type { Attachment } from '../../attach.ts';
import type { WatchOptions } from '../../options.ts';
import { fields } from '../../read.ts';

/** How to watch one thing of the Agent2Agent SDK; a class is watched by its prototype. */
type Watch = (holder: object, options: WatchOptions) => (() => void)[];

const kinds: readonly [detect: (value: unknown) => value is object, watch: Watch][] = [
  [isClient, watchClient],
  [isHandler, watchHandler],
  [isExecutor, watchExecutor],
];

/** Both ends of Agent2Agent: a client, a request handler, the executor of an agent, or a module that exports their classes. */
const a2a = (file: string): Attachment => ({
  package: '@a2a-js/sdk',
  versions: '>=1',
  file,
  detect: (library) => holdersOf(library).length > 0,
  attach(library, { options }) {
    const undo = holdersOf(library).flatMap(([holder, watch]) => watch(holder, options));
    return () => undo.toReversed().forEach((each) => each());
  },
});

export const attachments: readonly Attachment[] = [a2a('dist/client/index'), a2a('dist/server/index')];

function holdersOf(library: unknown): [object, Watch][] {
  const found: [object, Watch][] = [];
  const { Client, DefaultRequestHandler } = fields(library);
  const prototypes = [Client, DefaultRequestHandler].map((exported) =>
    typeof exported === 'function' ? (exported.prototype as unknown) : undefined,
  );
  for (const holder of [library, ...prototypes]) {
    const kind = kinds.find(([detect]) => detect(holder));
    if (kind) found.push([holder as object, kind[1]]);
  }
  return found;
}
