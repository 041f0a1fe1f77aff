import { expect, it } from 'vitest';
import { familyOf, matches, namesToTry, spellDates, withoutDate } from './match.ts';

it('a name is recognised by equality, prefix, suffix, part, pattern, any of these or all of these', () => {
  const recognised = (logic: Parameters<typeof matches>[0]) => matches(logic, 'gpt-4o-mini');
  expect(recognised('gpt-4o-mini')).toBe(true);
  expect(recognised('gpt-4o')).toBe(false);
  expect(recognised({ starts_with: 'gpt-' })).toBe(true);
  expect(recognised({ starts_with: '-mini' })).toBe(false);
  expect(recognised({ ends_with: '-mini' })).toBe(true);
  expect(recognised({ ends_with: 'gpt-' })).toBe(false);
  expect(recognised({ contains: '4o' })).toBe(true);
  expect(recognised({ contains: '5o' })).toBe(false);
  expect(recognised({ regex: '^gpt-\\d' })).toBe(true);
  expect(recognised({ regex: '^o\\d' })).toBe(false);
  expect(recognised(['gpt-4o', { contains: 'mini' }])).toBe(true);
  expect(recognised([])).toBe(false);
  expect(recognised({ and: [{ contains: 'gpt' }, { contains: 'mini' }] })).toBe(true);
  expect(recognised({ and: [{ contains: 'gpt' }, { contains: 'nano' }] })).toBe(false);
});

it('a compact date is spelled with hyphens, unless no calendar has that day', () => {
  expect(spellDates('claude-sonnet-4-20250514')).toBe('claude-sonnet-4-2025-05-14');
  expect(spellDates('claude-sonnet-4-20250514-v1:0')).toBe('claude-sonnet-4-2025-05-14-v1:0');
  expect(spellDates('model-20250230')).toBe('model-20250230');
  expect(spellDates('model-20240229')).toBe('model-2024-02-29');
  expect(spellDates('model-202505141')).toBe('model-202505141');
});

it('a date at the end of a name is a snapshot of the model', () => {
  expect(withoutDate('gpt-4o-2024-08-06')).toBe('gpt-4o');
  expect(withoutDate('claude-sonnet-4-20250514')).toBe('claude-sonnet-4');
  expect(withoutDate('claude-opus-4-1@20250805')).toBe('claude-opus-4-1');
  expect(withoutDate('gpt-4-0613')).toBe('gpt-4-0613');
  expect(withoutDate('mistral-large-2411')).toBe('mistral-large-2411');
});

it('the family of a model is its name without resource path, version and date', () => {
  expect(familyOf('models/gemini-2.5-flash-001')).toBe('gemini-2.5-flash');
  expect(familyOf('projects/p/locations/eu/publishers/google/models/gemini-2.5-pro')).toBe('gemini-2.5-pro');
  expect(familyOf('gemini-3-pro-preview-09-2025')).toBe('gemini-3-pro');
  expect(familyOf('claude-opus-4-1-latest')).toBe('claude-opus-4-1');
  expect(familyOf('gemini-2.5-pro-exp')).toBe('gemini-2.5-pro-exp');
  expect(familyOf('ft:gpt-4o-mini-2024-07-18:acme::id')).toBe('ft:gpt-4o-mini-2024-07-18:acme::id');
});

it('COST-24 names are tried in order: response, response without date, request, its family', () => {
  expect([...namesToTry('GPT-4o-2024-08-06 ', 'models/gpt-latest')]).toEqual([
    'gpt-4o-2024-08-06',
    'gpt-4o',
    'models/gpt-latest',
    'gpt',
  ]);
  expect([...namesToTry(undefined, '')]).toEqual([]);
});
