import type { MadeKey } from '@tallyspan/server';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { whoamiQuery } from '../../settings/settings-queries.ts';
import { RECIPES, type Address } from '../../start/recipes.ts';
import { CopyButton, Snippet } from '../../widgets/copy.tsx';
import '../../styles/forms.css';
import '../../styles/start.css';
import { FirstSpan } from './first-span.tsx';
import { TallyDrawing } from './tally-drawing.tsx';

/** Stands for a key that nobody made yet. */
const NO_KEY = '<a key for sending>';

/** From nothing to the first span: what to write, by what one has, with this server's address in it. */
export function StartGuide({ title, lead }: { title: string; lead: string }) {
  const [chosen, setChosen] = useState(RECIPES[0]!.id);
  const whoami = useQuery(whoamiQuery);
  const make = useMutation({
    mutationFn: () => sendJson<MadeKey>('POST', '/api/v1/keys', { name: 'Get started', scope: 'ingest' }),
  });
  const recipe = RECIPES.find(({ id }) => id === chosen) ?? RECIPES[0]!;
  const needsKey = whoami.data?.keysRequired === true;
  const address: Address = {
    origin: window.location.origin,
    key: needsKey ? (make.data?.secret ?? NO_KEY) : undefined,
  };
  return (
    <section className="start" data-testid="get-started">
      <header className="start-head">
        <TallyDrawing />
        <div>
          <h1>{title}</h1>
          <p className="page-lead">{lead}</p>
        </div>
      </header>
      <div className="start-choices" role="group" aria-label="What do you have?">
        {RECIPES.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            className="start-choice"
            aria-pressed={id === recipe.id}
            onClick={() => setChosen(id)}
          >
            {name}
          </button>
        ))}
      </div>
      <p className="page-lead">{recipe.about}</p>
      {needsKey && (
        <div className="start-key">
          {make.data ? (
            <p role="status">
              The key stands in the lines below. It is shown this once, until you leave this page.
              <CopyButton text={make.data.secret} label="Copy the key" />
            </p>
          ) : (
            <>
              <p>Senders are asked for a key here.</p>
              <button type="button" className="button" disabled={make.isPending} onClick={() => make.mutate()}>
                Make a key for sending
              </button>
            </>
          )}
          <ProblemNote error={make.error} />
        </div>
      )}
      <ol className="start-steps">
        {recipe.steps.map(({ title: step, label, text }, i) => (
          <li key={`${recipe.id} ${i}`}>
            <h2>{step}</h2>
            <Snippet label={label} text={text(address)} />
          </li>
        ))}
      </ol>
      {recipe.steps.some(({ label }) => label === 'Shell: install') && (
        <p className="muted start-note">
          The SDK is not on npm yet: <code>npm run pack</code> in the folder of Tallyspan makes{' '}
          <code>out/tallyspan-sdk-0.1.0.tgz</code>, which is installed in its place.
        </p>
      )}
      <FirstSpan />
    </section>
  );
}
