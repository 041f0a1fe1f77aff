/** The pages, in the order of the navigation, with the letter that leads there after `g`. */
export const PLACES = [
  { to: '/', text: 'Traces', letter: 't', icon: 'list' },
  { to: '/costs', text: 'Costs', letter: 'c', icon: 'coins' },
  { to: '/agents', text: 'Agents', letter: 'a', icon: 'agent' },
  { to: '/sessions', text: 'Sessions', letter: 's', icon: 'role' },
  { to: '/models', text: 'Models', letter: 'm', icon: 'model' },
  { to: '/guard', text: 'Guard', letter: 'g', icon: 'guard' },
  { to: '/a2a', text: 'A2A', letter: 'x', icon: 'a2a' },
  { to: '/budgets', text: 'Budgets', letter: 'b', icon: 'sum' },
  { to: '/platform', text: 'Platform', letter: 'p', icon: 'gateway' },
  { to: '/settings', text: 'Settings', letter: 'o', icon: 'tool' },
] as const;

/** Not in the navigation, but places to go. */
const START = { to: '/start', text: 'Get started', letter: 'n', icon: 'play' } as const;
const WIDGETS = { to: '/widgets', text: 'Widgets', letter: 'w', icon: 'columns' } as const;

export const ALL_PLACES = [...PLACES, START, WIDGETS] as const;
