/** What the researcher can look things up in. */
export const library: readonly string[] = [
  'Cold brew is made by steeping coarsely ground coffee in cold water for twelve to twenty-four hours, then filtering it.',
  'Cold brew coffee tastes rounder than iced coffee, because cold water extracts fewer acids from the ground beans.',
  'The market for bottled cold brew coffee grew by a fifth a year, led by supermarkets rather than by the coffee shop.',
  'Canned nitro cold brew coffee needs neither a barista nor a machine, which moved it from the shop into the office fridge.',
  'A pocket forest packs three native trees into each square metre, after the method of the botanist Akira Miyawaki.',
  'Pocket forests the size of a tennis court grow ten times faster than plantations and are closed to the sky within three years.',
  'On hot days the air in a city forest is up to four degrees cooler than in the street beside it.',
  'Cities such as Utrecht, Paris and Chennai plant pocket forests on school yards, parking lots and verges of roads.',
];

export const styleGuide = [
  'You write for curious readers who have five minutes.',
  'Begin with a scene, not with a definition. One idea in each paragraph. Short sentences, then one long one.',
  'Every figure has a source among the notes; what the notes do not say is not said.',
  'No superlatives, no rhetorical questions, no lists.',
].join('\n');
