import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTail } from '../../api/live.ts';
import { useTime } from '../../api/use-time.ts';
import { readCostsSearch } from '../../costs/costs-search.ts';
import type { Looked } from '../../costs/costs-queries.ts';
import { FilterBox } from '../../filter/filter-box.tsx';
import { Page } from '../../widgets/page.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import '../../styles/costs.css';
import '../../styles/costs-views.css';
import { ModelsView } from './models-view.tsx';
import { SpansBehind } from './spans-behind.tsx';
import { SpendView } from './spend-view.tsx';

const VIEWS = [
  { value: 'spend', text: 'Spending', title: 'A pivot, and how it went over time' },
  { value: 'models', text: 'Models and anomalies', title: 'Distribution, latency, error rates, unusual spending' },
] as const;

/** A pivot over everything is dearer than a list; it follows the tail at this pace. */
const REFETCH_MS = 2_000;

export function CostsPage() {
  const raw = useSearch({ strict: false });
  const time = useTime();
  const navigate = useNavigate();
  const client = useQueryClient();
  const search = readCostsSearch(raw);
  const looked: Looked = { time, q: search.q };
  const utc = time.tz === 'utc';

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useTail(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      for (const name of ['costs', 'models']) void client.refetchQueries({ queryKey: [name], type: 'active' });
    }, REFETCH_MS);
  });

  const choose = (next: Record<string, string | undefined>) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...next }), replace: true, resetScroll: false });
  return (
    <Page
      title="Costs"
      className="costs-page"
      tools={
        <>
          {search.view !== 'spans' && (
            <Segments
              label="View"
              choices={VIEWS}
              value={search.view}
              onChoose={(view) => choose({ view: view === 'spend' ? undefined : view })}
            />
          )}
          <TimeRangePicker />
        </>
      }
    >
      <div className="cost-filter">
        <FilterBox of="spans" value={search.q ?? ''} onChange={(q) => choose({ q: q || undefined })} />
      </div>
      {search.view === 'models' ? (
        <ModelsView looked={looked} />
      ) : search.view === 'spans' ? (
        <SpansBehind cell={{ terms: search.cell ?? 'has:source', at: search.at }} looked={looked} utc={utc} />
      ) : (
        <SpendView search={search} looked={looked} utc={utc} choose={choose} />
      )}
    </Page>
  );
}
