import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEMOS } from './demos.tsx';

it('every widget and every part of a form is in the gallery', () => {
  const files = ['widgets', 'forms'].flatMap((folder) =>
    readdirSync(new URL(`../../${folder}`, import.meta.url))
      .filter((name) => name.endsWith('.tsx'))
      .map((name) => `${folder}/${name}`),
  );
  // The page itself is one, and columns of spans stand in the tables of the guard and of models.
  const elsewhere = ['widgets/page.tsx', 'widgets/span-columns.tsx'];
  expect(DEMOS.map(({ file }) => file).toSorted()).toEqual(
    files.filter((file) => !elsewhere.includes(file)).toSorted(),
  );
});
