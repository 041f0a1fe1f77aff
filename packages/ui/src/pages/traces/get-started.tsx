import { useTailState } from '../../api/live.ts';
import { Snippet } from '../../widgets/copy.tsx';

const WATCH = `import OpenAI from 'openai';
import { watch } from '@tallyspan/sdk';

const openai = watch(new OpenAI());`;

/** An empty store. The first span that arrives turns this page into the list. */
export function GetStarted() {
  const tail = useTailState();
  const origin = window.location.origin;
  return (
    <div className="page">
      <title>Get started · Tallyspan</title>
      <section className="get-started" data-testid="get-started">
        <TallyDrawing />
        <h1>Nothing counted yet</h1>
        <p className="lead">
          The server runs and listens. Send it one trace, and every token and dollar of it shows up here.
        </p>
        <ol>
          <li>
            <h2>Watch your client</h2>
            <p>One line around any LLM client. With nothing configured its spans come here.</p>
            <Snippet label="Code: watch an OpenAI client" text={WATCH} />
          </li>
          <li>
            <h2>Or point OpenTelemetry here</h2>
            <p>Whatever speaks OTLP over HTTP can send: other SDKs, other languages, a Collector.</p>
            <Snippet label="Shell: set the endpoint" text={`export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`} />
          </li>
        </ol>
        <p className="awaiting" role="status">
          <span className={`live is-${tail}`}>
            <span className="live-dot" />
            {tail === 'live'
              ? 'Listening for the first span'
              : tail === 'lost'
                ? 'Connection lost, trying again'
                : 'Connecting'}
          </span>
        </p>
      </section>
    </div>
  );
}

function TallyDrawing() {
  return (
    <svg
      className="tally-drawing"
      viewBox="0 0 96 48"
      width="96"
      height="48"
      fill="none"
      strokeWidth="3.2"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path className="stroke" d="M24 8v32M40 8v32M56 8v32M72 8v32" />
      <path className="span" d="M11 33 85 15" />
    </svg>
  );
}
