import { lazy, Suspense } from 'react';

const StartGuide = lazy(async () => ({ default: (await import('../start/start-guide.tsx')).StartGuide }));

/** An empty store. The first span that arrives turns this page into the list. */
export function GetStarted() {
  return (
    <div className="page">
      <title>Get started · Tallyspan</title>
      <Suspense>
        <StartGuide
          title="Nothing counted yet"
          lead="The server runs and listens. Send it one trace, and every token and dollar of it shows up here."
        />
      </Suspense>
    </div>
  );
}
