/** The work of one day, made up beforehand: what is asked, what the models answer, and how many tokens that takes. */
import type { Reply, Tokens } from '@tallyspan/fake-provider';
import type { Sorted } from './triage.ts';

export interface PlannedArticle {
  topic: string;
  /** Is in every request about it. */
  subject: string;
  /** The writer's first call meets a rate limit. */
  isTurnedAwayOnce: boolean;
  /** What the researcher's model says, turn by turn. */
  researcher: readonly Reply[];
  writer: Reply;
  editor: { text: Reply; title: Reply; doubts: Reply };
}

export const articles: readonly PlannedArticle[] = [
  {
    topic: 'How cold brew left the coffee shop',
    subject: 'cold brew',
    isTurnedAwayOnce: true,
    researcher: [
      {
        toolCalls: [
          { name: 'search_library', arguments: { query: 'how cold brew coffee is made' } },
          { name: 'search_library', arguments: { query: 'market for cold brew coffee outside the coffee shop' } },
        ],
        usage: { input: 1_284, output: 63 },
      },
      {
        text: `Cold brew is ground coffee that steeped in cold water for twelve to twenty-four hours.
Cold water extracts fewer acids, hence the rounder taste.
The bottled market grows by a fifth a year, led by supermarkets.
Nitro cans need no barista and no machine: cold brew moved into the office fridge.`,
        usage: { input: 3_916, cacheRead: 1_152, output: 418 },
      },
    ],
    writer: {
      text: `At half past eight the fridge on the fourth floor hums, and nobody queues. Anna takes a can of cold brew from the door, the way her father took a newspaper from the mat.

Nothing about the drink is new. Coarse grounds lie in cold water for a night or a day, then somebody filters them. Cold water is a patient thief: it takes the flavour and leaves most of the acids behind.

What is new is where it is sold. The bottled market grows by a fifth every year, and it grows in supermarkets. A can with nitrogen in it needs no barista, no machine and no queue, so the shop that made cold brew famous is the one place that it no longer needs.`,
      usage: { input: 4_870, cacheWrite: 2_048, output: 1_126 },
    },
    editor: {
      text: {
        text: `At half past eight the fridge on the fourth floor hums, and nobody queues. Anna takes a can of cold brew from the door as her father took a newspaper from the mat.

The drink is old. Coarse grounds lie in cold water for a night or a day, then somebody filters them. Cold water takes the flavour and leaves most of the acids behind.

The place is new. The bottled market grows by a fifth a year, in supermarkets. A can with nitrogen needs no barista, no machine and no queue. The shop that made cold brew famous is the one place it can do without.`,
        usage: { input: 2_204, cacheRead: 1_024, output: 987 },
      },
      title: {
        text: JSON.stringify({ headline: 'The Can That Needs No Queue', tags: ['coffee', 'retail', 'habits'] }),
        usage: { input: 1_412, output: 46 },
      },
      doubts: {
        text: 'Anna and her father are not in the notes. Everything else is.',
        usage: { input: 2_618, output: 1_240, reasoning: 1_152 },
      },
    },
  },
  {
    topic: 'Why cities plant pocket forests',
    subject: 'pocket forest',
    isTurnedAwayOnce: false,
    researcher: [
      {
        toolCalls: [{ name: 'search_library', arguments: { query: 'how a pocket forest is planted' } }],
        usage: { input: 1_279, output: 31 },
      },
      {
        toolCalls: [
          { name: 'search_library', arguments: { query: 'how much cooler the air in a city forest is' } },
          { name: 'search_library', arguments: { query: 'cities that plant pocket forests' } },
        ],
        usage: { input: 2_347, cacheRead: 1_152, output: 58 },
      },
      {
        text: `A pocket forest has three native trees in each square metre, after Akira Miyawaki.
The size of a tennis court is enough; within three years the canopy is closed.
The air inside is up to four degrees cooler than in the street.
Utrecht, Paris and Chennai plant them on school yards, parking lots and verges.`,
        usage: { input: 4_105, cacheRead: 2_304, output: 396 },
      },
    ],
    writer: {
      text: `The parking lot behind the school in Utrecht had room for eleven cars. Now it has room for nine hundred trees, and on the first hot day of June the children found out what that means: inside, it is four degrees cooler.

A pocket forest is planted as tightly as a crowd. Three native trees share each square metre, so they race each other to the light, and within three years the sky is gone. The botanist Akira Miyawaki worked out the method; a tennis court is all the land it takes.

Paris does it on verges, Chennai on lots that nobody wanted. A pocket forest does not replace a park. It replaces asphalt.`,
      usage: { input: 4_633, cacheRead: 2_048, output: 968 },
    },
    editor: {
      text: {
        text: `The parking lot behind the school in Utrecht had room for eleven cars. Now nine hundred trees stand there, and on the first hot day of June the children learned what that means: inside, it is four degrees cooler.

A pocket forest is planted as tightly as a crowd. Three native trees share each square metre and race each other to the light; within three years the sky is gone. Akira Miyawaki worked out the method. A tennis court is all the land it takes.

Paris plants verges, Chennai lots that nobody wanted. A pocket forest does not replace a park. It replaces asphalt.`,
        usage: { input: 1_988, output: 861 },
      },
      title: {
        text: JSON.stringify({
          headline: 'Nine Hundred Trees in Eleven Parking Spaces',
          tags: ['cities', 'climate', 'trees'],
        }),
        usage: { input: 1_297, output: 51 },
      },
      doubts: {
        text: 'The eleven cars and the nine hundred trees are not in the notes.',
        usage: { input: 2_402, output: 874, reasoning: 768 },
      },
    },
  },
];

export const tickets: readonly { text: string; sorted: Sorted; usage: Partial<Tokens>; delayMs: number }[] = [
  {
    text: 'I was charged twice for October, please refund one of them.',
    sorted: { queue: 'billing', urgent: false },
    usage: { input: 642, output: 14 },
    delayMs: 190,
  },
  {
    text: 'Nobody at our company can log in since this morning!',
    sorted: { queue: 'outage', urgent: true },
    usage: { input: 631, output: 14 },
    delayMs: 310,
  },
  {
    text: 'Where do I change the language of the invoices?',
    sorted: { queue: 'how-to', urgent: false },
    usage: { input: 629, output: 13 },
    delayMs: 240,
  },
];
