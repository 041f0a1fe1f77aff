import type { Readiness } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { exactCount, formatCount } from '../../format/count.ts';
import { formatBytes } from '../../format/bytes.ts';
import { formatDuration } from '../../format/duration.ts';
import { printable } from '../../format/printable.ts';
import { readMetrics, sumOf, type Sample } from '../../platform/read-metrics.ts';
import '../../styles/forms.css';
import '../../styles/platform.css';
import '../../styles/settings.css';
import { Icon } from '../../widgets/icon.tsx';
import { Answered, Page } from '../../widgets/page.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { RateLine } from './rate-line.tsx';
import { StorageView } from './storage-view.tsx';

const route = getRouteApi('/platform');

const EVERY_MS = 2_000;
/** Two minutes of it. */
const POINTS_MAX = 60;

const VIEWS = [
  { value: 'now', text: 'Now', View: NowView },
  { value: 'storage', text: 'Storage', View: StorageView },
] as const;

export function PlatformPage() {
  const { view: wanted } = route.useSearch();
  const { value, View } = VIEWS.find((each) => each.value === wanted) ?? VIEWS[0];
  const navigate = route.useNavigate();
  return (
    <Page title="Platform">
      <div className="view-choice">
        <Segments
          label="View"
          choices={VIEWS}
          value={value}
          onChoose={(view) =>
            void navigate({
              search: (before) => ({ ...before, view: view === 'now' ? undefined : view }),
              replace: true,
            })
          }
        />
      </div>
      <View />
    </Page>
  );
}

/** Whether the server takes spans and shows them, and how it bears it. It answers 503 when it does not. */
function NowView() {
  const ready = useQuery({
    queryKey: ['readyz'],
    queryFn: async ({ signal }) => (await (await fetch('/readyz', { signal })).json()) as Readiness,
    refetchInterval: EVERY_MS,
  });
  const metrics = useQuery({
    queryKey: ['metrics'],
    queryFn: async ({ signal }) => {
      const response = await fetch('/metrics', { signal });
      // A key of one tenant is not told about everybody.
      return response.ok ? { atMs: Date.now(), samples: readMetrics(await response.text()) } : null;
    },
    refetchInterval: EVERY_MS,
  });
  const rates = useRates(metrics.data);
  return (
    <Answered query={ready}>
      {(readiness) => (
        <>
          <Verdict readiness={readiness} />
          {metrics.data && <Ingest rates={rates} samples={metrics.data.samples} />}
          {metrics.data === null && (
            <p className="muted">Figures of the whole server are shown to keys of all tenants.</p>
          )}
          <Waiting readiness={readiness} samples={metrics.data?.samples ?? []} />
          {metrics.data && <Machine samples={metrics.data.samples} />}
        </>
      )}
    </Answered>
  );
}

function Verdict({ readiness: { ready, log, drain, backlog } }: { readiness: Readiness }) {
  const reasons = [
    ...(log.writable ? [] : [`The ingest log cannot be written: ${printable(log.reason ?? 'no reason given')}`]),
    ...(drain.caughtUp ? [] : ['What lay in the log at the start is still being stored.']),
    ...(drain.failing === undefined ? [] : [`Spans wait: ${printable(drain.failing)}`]),
    ...(backlog.bytes < backlog.bytesMax
      ? []
      : ['The backlog is full; new spans are refused with 503 until it is smaller.']),
  ];
  return (
    <section className={`platform-verdict${ready ? '' : ' is-bad'}`} data-testid="readiness" data-ready={ready}>
      <Icon name={ready ? 'ok' : 'error'} size={20} />
      <div>
        <h2>{ready ? 'Ready: spans are taken, stored and shown' : 'Not ready'}</h2>
        {reasons.map((reason) => (
          <p key={reason}>{reason}</p>
        ))}
        {log.damagedBytes > 0 && (
          <p>{formatBytes(log.damagedBytes)} of the log are damaged; they are kept as *.damaged beside it.</p>
        )}
      </div>
    </section>
  );
}

function Ingest({ samples, rates }: { samples: readonly Sample[]; rates: Rates }) {
  const count = (name: string) => sumOf(samples, name);
  const refused = samples.filter(({ name }) => name.startsWith('tallyspan_ingest_refused_requests'));
  return (
    <section className="section">
      <h2>Ingest</h2>
      <dl className="fact-grid">
        <Fact
          name="Spans a second"
          value={rates.spans.length === 0 ? '…' : formatCount(rates.spans.at(-1)!)}
          about={<RateLine points={rates.spans} />}
        />
        <Fact
          name="Bytes a second"
          value={rates.bytes.length === 0 ? '…' : formatBytes(rates.bytes.at(-1)!)}
          about={<RateLine points={rates.bytes} />}
        />
        <Fact name="Spans taken" value={text(count('tallyspan_ingest_spans'))} about="since the server was started" />
        <Fact
          name="Spans stored"
          value={text(count('tallyspan_stored_spans'))}
          about="each counted once, however often it was sent"
        />
        <Fact
          name="Spans refused alone"
          value={text(count('tallyspan_ingest_rejected_spans'))}
          about="the reason stands in the answer to the sender"
          isBad={(count('tallyspan_ingest_rejected_spans') ?? 0) > 0}
        />
        <Fact
          name="Requests refused"
          value={exactCount(refused.reduce((sum, { value }) => sum + value, 0))}
          about={refused
            .map(({ labels, value }) => `${printable(labels['code'] ?? 'no code')}: ${exactCount(value)}`)
            .join(', ')}
          isBad={refused.length > 0}
        />
      </dl>
    </section>
  );
}

function Waiting({ readiness: { drain, backlog }, samples }: { readiness: Readiness; samples: readonly Sample[] }) {
  const lag = sumOf(samples, 'tallyspan_ingest_lag_seconds');
  return (
    <section className="section">
      <h2>On the way to the store</h2>
      <dl className="fact-grid">
        <Fact
          name="Lag"
          value={lag === undefined ? 'not told' : formatDuration(lag * 1_000)}
          about="the oldest span that is not stored yet"
        />
        <Fact
          name="Backlog"
          value={formatBytes(backlog.bytes)}
          about={
            <>
              of {formatBytes(backlog.bytesMax)}
              <span className="bar" aria-hidden="true">
                <span style={{ width: `${Math.min(100, (backlog.bytes / backlog.bytesMax) * 100)}%` }} />
              </span>
            </>
          }
          isBad={backlog.bytes >= backlog.bytesMax}
        />
        <Fact
          name="Set aside"
          value={exactCount(drain.setAside)}
          about="records that the store could not take, kept in the data folder"
          isBad={drain.setAside > 0}
        />
        <Fact
          name="Watching live"
          value={text(sumOf(samples, 'tallyspan_tail_readers'))}
          about="pages and terminals on the tail"
        />
      </dl>
    </section>
  );
}

function Machine({ samples }: { samples: readonly Sample[] }) {
  const bytes = (name: string) => {
    const value = sumOf(samples, name);
    return value === undefined ? 'not told' : formatBytes(value);
  };
  const started = sumOf(samples, 'process_start_time_seconds');
  const loop = sumOf(samples, 'nodejs_eventloop_lag_p99_seconds');
  return (
    <section className="section">
      <h2>Process</h2>
      <dl className="fact-grid">
        <Fact
          name="Up for"
          value={started === undefined ? 'not told' : formatDuration(Math.max(0, Date.now() - started * 1_000))}
          about=""
        />
        <Fact
          name="Memory"
          value={bytes('process_resident_memory_bytes')}
          about={`${bytes('nodejs_heap_size_used_bytes')} of it by JavaScript`}
        />
        <Fact name="Store on disk" value={bytes('tallyspan_store_bytes')} about="" />
        <Fact
          name="Event loop lag"
          value={loop === undefined ? 'not told' : formatDuration(loop * 1_000)}
          about="99th percentile since it was last asked"
        />
      </dl>
    </section>
  );
}

function Fact(properties: { name: string; value: string; about: React.ReactNode; isBad?: boolean }) {
  const { name, value, about, isBad = false } = properties;
  return (
    <div>
      <dt>{name}</dt>
      <dd className={isBad ? 'rate-bad' : undefined}>{value}</dd>
      {about !== '' && <dd className="fact-about">{about}</dd>}
    </div>
  );
}

interface Rates {
  spans: readonly number[];
  bytes: readonly number[];
}

/** From one answer to the next: what came in between, per second. */
function useRates(now: { atMs: number; samples: readonly Sample[] } | null | undefined): Rates {
  const [rates, setRates] = useState<Rates>({ spans: [], bytes: [] });
  const before = useRef<typeof now>(undefined);
  useEffect(() => {
    const last = before.current;
    before.current = now;
    if (!now || !last || now.atMs <= last.atMs) return;
    const rateOf = (name: string) =>
      Math.max(
        0,
        (((sumOf(now.samples, name) ?? 0) - (sumOf(last.samples, name) ?? 0)) * 1_000) / (now.atMs - last.atMs),
      );
    setRates(({ spans, bytes }) => ({
      spans: [...spans, rateOf('tallyspan_ingest_spans')].slice(-POINTS_MAX),
      bytes: [...bytes, rateOf('tallyspan_ingest_bytes')].slice(-POINTS_MAX),
    }));
  }, [now]);
  return rates;
}

function text(value: number | undefined): string {
  return value === undefined ? 'not told' : exactCount(value);
}
