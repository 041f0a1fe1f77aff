import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { TraceFilters } from '../../api/queries.ts';
import { FilterBox } from '../../filter/filter-box.tsx';
import { Page } from '../../widgets/page.tsx';
import { Segments } from '../../widgets/segments.tsx';
import { TimeRangePicker } from '../../widgets/time-range-picker.tsx';
import { GroupList } from './group-list.tsx';
import { ModelTable } from './model-table.tsx';
import { OneGroup } from './one-group.tsx';

const route = getRouteApi('/models');

/** Models side by side: all of them, or what answered one prompt. */
export function ModelsPage() {
  const { view, group, q, sort, range, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const filters = useMemo<TraceFilters>(() => ({ q, range, from, to }), [q, range, from, to]);
  const setSort = (next: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, sort: next }), replace: true, resetScroll: false });
  return (
    <Page
      title="Models"
      tools={
        <>
          <Segments
            label="Compare"
            choices={[
              { value: 'models', text: 'All calls' },
              { value: 'prompts', text: 'Same prompt', title: 'Prompts that were tried on several models' },
            ]}
            value={view ?? 'models'}
            onChoose={(value) =>
              void navigate({
                search: (before) => ({
                  ...before,
                  view: value === 'prompts' ? 'prompts' : undefined,
                  group: undefined,
                  sort: undefined,
                }),
              })
            }
          />
          <FilterBox
            of="spans"
            value={q ?? ''}
            onChange={(text) =>
              void navigate({ search: (before) => ({ ...before, q: text || undefined }), replace: true })
            }
          />
          <TimeRangePicker />
        </>
      }
    >
      {view !== 'prompts' ? (
        <ModelTable filters={filters} sort={sort} setSort={setSort} />
      ) : group === undefined ? (
        <GroupList filters={filters} sort={sort} setSort={setSort} />
      ) : (
        <OneGroup group={group} filters={filters} sort={sort} setSort={setSort} />
      )}
    </Page>
  );
}
