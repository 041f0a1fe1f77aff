import type { Agents, TraceSummary } from '@tallyspan/server';
import { type ReactNode, useState } from 'react';
import { ProblemError } from '../../api/client.ts';
import { DeleteDialog } from '../../forms/delete-dialog.tsx';
import { Dialog } from '../../forms/dialog.tsx';
import { CheckField, ChoiceField, TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { TypedNameDialog } from '../../forms/typed-name-dialog.tsx';
import { BrandMark } from '../../widgets/brand.tsx';
import { CopyButton, Snippet } from '../../widgets/copy.tsx';
import { DataTable, SortedAmong } from '../../widgets/data-table.tsx';
import { ErrorBoundary } from '../../widgets/error-boundary.tsx';
import { Ago, Count, Duration, TokenFlow } from '../../widgets/figures.tsx';
import { costColumn, countColumn, errorsColumn, lastColumn, tokensColumn } from '../../widgets/group-columns.tsx';
import { Icon, iconNames } from '../../widgets/icon.tsx';
import { Money, NoCost, TotalCost, Unpriced } from '../../widgets/money.tsx';
import { PopOver } from '../../widgets/pop-over.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { Sparkline } from '../../widgets/sparkline.tsx';
import { EmptyState, ErrorState } from '../../widgets/states.tsx';
import { TraceStatus } from '../../widgets/status.tsx';
import { Clip, SpanName } from '../../widgets/text.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import { Truncated } from '../../widgets/truncated.tsx';

/** What the widgets are shown with: the newest traces, and the agents that were seen. */
export interface Shown {
  traces: readonly TraceSummary[];
  agents: Agents['agents'];
}

interface Demo {
  /** The file that it comes from, under `src`. */
  file: string;
  /** When to use it. */
  about: string;
  Show(shown: Shown): ReactNode;
}

const problem = new ProblemError(409, {
  code: 'OBJECT_CHANGED',
  what: 'Somebody else changed it meanwhile.',
  why: 'This was version 3, and version 4 is stored.',
  fix: 'Load it again, then change it.',
});

/** Every widget, by its file; a test compares them with the folders. */
export const DEMOS: readonly Demo[] = [
  {
    file: 'widgets/money.tsx',
    about: 'An amount, rounded for the eye, exact in its title. What has no price is never 0.',
    Show: ({ traces }) => (
      <p className="demo-row">
        {traces.slice(0, 5).map((trace) => (
          <TotalCost key={trace.traceId} totals={trace} />
        ))}
        <Money usd="0.0000025" />
        <Money usd="1234.5" />
        <Unpriced />
        <NoCost />
      </p>
    ),
  },
  {
    file: 'widgets/figures.tsx',
    about: 'Counts, tokens in and out, durations, and how long ago.',
    Show: ({ traces }) => (
      <>
        {traces.slice(0, 3).map((trace) => (
          <p key={trace.traceId} className="demo-row">
            <Count value={trace.calls} />
            <TokenFlow input={trace.inputTokens} output={trace.outputTokens} />
            <Duration ms={trace.durationMs} />
            <Ago iso={trace.start} />
          </p>
        ))}
      </>
    ),
  },
  {
    file: 'widgets/status.tsx',
    about: 'How a trace went: an icon and a word, never a colour alone.',
    Show: ({ traces }) => {
      const kinds = new Map(traces.map((trace) => [`${trace.status} ${trace.rootArrived}`, trace]));
      return (
        <p className="demo-row">
          {[...kinds.values()].map((trace) => (
            <TraceStatus key={trace.traceId} trace={trace} />
          ))}
        </p>
      );
    },
  },
  {
    file: 'widgets/text.tsx',
    about: "Somebody else's text: one line, cut with dots, whole in the title, never more than text.",
    Show: ({ traces }) => (
      <>
        {traces.slice(0, 3).map(({ traceId, name }) => (
          <p key={traceId}>
            <SpanName name={name} />
          </p>
        ))}
        <p className="demo-narrow">
          <Clip text={'A text that is longer than its place, with \u202e turned around'} />
        </p>
      </>
    ),
  },
  {
    file: 'widgets/sparkline.tsx',
    about: 'A course of values in the size of a word.',
    Show: ({ traces }) => (
      <p className="demo-narrow">
        <Sparkline
          values={traces.map(({ durationMs }) => durationMs).toReversed()}
          label="Durations of the newest traces"
        />
      </p>
    ),
  },
  {
    file: 'widgets/data-table.tsx',
    about: 'A table whose headings sort it; among what is loaded, it says so.',
    Show: ({ agents }) => (
      <>
        <DataTable<Shown['agents'][number]>
          label="Agents, as a widget"
          columns={[
            {
              id: 'agent',
              title: 'Agent',
              cell: ({ agent }) => <Clip text={agent ?? 'no agent'} />,
              sort: ({ agent }) => agent,
            },
            ...[costColumn, countColumn('calls', 'Calls')],
          ]}
          rows={agents.slice(0, 4)}
          keyOf={({ tenant, agent }) => JSON.stringify([tenant, agent])}
        />
        <SortedAmong rows={Math.min(4, agents.length)} />
      </>
    ),
  },
  {
    file: 'widgets/group-columns.tsx',
    about: 'Columns that all tables of groups share.',
    Show: ({ agents }) => (
      <DataTable<Shown['agents'][number]>
        label="Columns of groups"
        columns={[errorsColumn, tokensColumn, { ...lastColumn, from: 'phone' }]}
        rows={agents.slice(0, 3)}
        keyOf={({ tenant, agent }) => JSON.stringify([tenant, agent])}
      />
    ),
  },
  {
    file: 'widgets/segments.tsx',
    about: 'A choice among a few.',
    Show: function ShowSegments() {
      const [value, setValue] = useState<'tree' | 'graph'>('tree');
      const choices = [
        { value: 'tree', text: 'Tree' },
        { value: 'graph', text: 'Graph' },
      ] as const;
      return <Segments label="A choice" choices={choices} value={value} onChoose={(chosen) => setValue(chosen)} />;
    },
  },
  {
    file: 'widgets/pop-over.tsx',
    about: 'A button that opens a panel below it.',
    Show: () => (
      <PopOver title="Open a panel" label="Open">
        {(close) => (
          <button type="button" className="choice" onClick={close}>
            Close it
          </button>
        )}
      </PopOver>
    ),
  },
  { file: 'widgets/time-range-picker.tsx', about: 'The time that all pages look at.', Show: () => <TimeRangePicker /> },
  {
    file: 'widgets/copy.tsx',
    about: 'Takes a text along.',
    Show: ({ traces }) => (
      <>
        <CopyButton text={traces[0]?.traceId ?? ''} label="Copy the id of the newest trace" />
        <Snippet text={`tallyspan trace ${traces[0]?.traceId ?? ''}`} label="A command" />
      </>
    ),
  },
  {
    file: 'widgets/states.tsx',
    about: 'Nothing there, or something failed: what, why, and the way out.',
    Show: () => (
      <>
        <EmptyState icon="list" title="Nothing fits" text="Loosen the filter to see more." heading="h3" />
        <ErrorState error={problem} heading="h3" />
      </>
    ),
  },
  {
    file: 'widgets/error-boundary.tsx',
    about: 'The last net, around everything; here around something that works.',
    Show: () => (
      <ErrorBoundary>
        <p className="muted">Nothing failed.</p>
      </ErrorBoundary>
    ),
  },
  {
    file: 'widgets/truncated.tsx',
    about: 'Never cut silently.',
    Show: ({ agents }) => <Truncated rows={agents.length} order="seen last" />,
  },
  {
    file: 'widgets/icon.tsx',
    about: 'Drawn on a 16 × 16 grid with one stroke.',
    Show: () => (
      <ul className="demo-icons">
        {iconNames.map((name) => (
          <li key={name}>
            <Icon name={name} />
            {name}
          </li>
        ))}
      </ul>
    ),
  },
  { file: 'widgets/brand.tsx', about: 'The mark.', Show: () => <BrandMark size={44} /> },
  {
    file: 'forms/form-field.tsx',
    about: 'A field with its label, its hint, and what is wrong with it.',
    Show: function ShowFields() {
      const [name, setName] = useState('');
      const [scope, setScope] = useState<'read' | 'admin'>('read');
      const [on, setOn] = useState(true);
      const choices = [
        { value: 'read', text: 'Read' },
        { value: 'admin', text: 'Everything' },
      ] as const;
      return (
        <div className="form-grid">
          <TextField label="Name" value={name} problem={name === '' ? 'Whose is it?' : undefined} onChange={setName} />
          <ChoiceField
            label="May"
            choices={choices}
            value={scope}
            hint="what it is for"
            onChange={(chosen) => setScope(chosen)}
          />
          <CheckField label="Enabled" value={on} onChange={setOn} />
        </div>
      );
    },
  },
  { file: 'forms/problem-note.tsx', about: 'Why something was not done.', Show: () => <ProblemNote error={problem} /> },
  {
    file: 'forms/dialog.tsx',
    about: 'A dialog that is open while it is drawn.',
    Show: () => (
      <Opened text="Open a dialog">
        {(close) => (
          <Dialog title="A dialog" close={close}>
            <p>Escape and its cross close it.</p>
          </Dialog>
        )}
      </Opened>
    ),
  },
  {
    file: 'forms/delete-dialog.tsx',
    about: 'Asks again before something is gone.',
    Show: () => (
      <Opened text="Ask again">
        {(close) => (
          <DeleteDialog
            title="Delete nothing?"
            text="There is no such thing, so the server refuses it, in its words."
            action="Delete it"
            path="/api/v1/prices/nothing"
            stale="nothing"
            close={close}
          />
        )}
      </Opened>
    ),
  },
  {
    file: 'forms/typed-name-dialog.tsx',
    about: 'Asks for a name to be typed before what nobody can take back.',
    Show: () => (
      <Opened text="Ask for a name">
        {(close) => (
          <TypedNameDialog
            title="Delete the tenant acme?"
            text="This one does nothing."
            name="acme"
            action="Do nothing"
            error={null}
            isPending={false}
            run={close}
            close={close}
          />
        )}
      </Opened>
    ),
  },
];

function Opened({ text, children }: { text: string; children(close: () => void): ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {text}
      </button>
      {open && children(() => setOpen(false))}
    </>
  );
}
