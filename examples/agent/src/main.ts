/**
 * An editor gives two reporters their topics, and both work at once. Who does what is known to every span below, through awaits, timers,
 * events and streams, though nothing is handed on by hand.
 */
import { agent, currentTrace, flush, role, tool, trace } from '@tallyspan/sdk';
import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const archive: Record<string, string[]> = {
  tides: ['The moon pulls at the sea. ', 'High water comes twice a day.'],
  tea: ['Leaves meet hot water. ', 'Patience does the rest.'],
};

/** A tool that answers with an event, a moment later. */
const findNotes = tool('find_notes', async (topic: string) => {
  const clerk = new EventEmitter();
  setTimeout(() => clerk.emit('found', archive[topic] ?? []), 5);
  const [notes] = (await once(clerk, 'found')) as [string[]];
  return notes;
});
/** A tool that reads a stream. */
const join = tool('join_notes', (notes: string[]) => text(Readable.from(notes)));

/** An agent in an agent: it has a name of its own and works for the same customer, in the same run. */
const reporter = agent({ name: 'reporter', version: '2.1.0' }, async (topic: string) => {
  const notes = await role('researcher', () => findNotes(topic));
  return role('writer', () => join(notes));
});

const editor = agent({ name: 'editor', tenant: 'acme-corp', session: 'morning-issue' }, async (topics: string[]) =>
  Promise.all(topics.map(reporter)),
);

/** The same agent once more, when something goes wrong: the error is the caller's, and the span says so too. */
const careless = agent({ name: 'intern', tenant: 'acme-corp' }, async () => {
  throw new RangeError('the archive is closed');
});

const issue = trace('Morning issue', async () => {
  for (const article of await editor(['tides', 'tea'])) console.log(article);
  await careless().catch((error: Error) => console.log(`The intern reports: ${error.message}`));
  return currentTrace();
});

const steps = new Map<string, number>();
for (const { agent: who, tenant } of (await issue())!.steps)
  steps.set(`${who} of ${tenant}`, (steps.get(`${who} of ${tenant}`) ?? 0) + 1);
for (const [name, count] of steps) console.log(`${name}: ${count} ${count === 1 ? 'step' : 'steps'}`);
await flush();
