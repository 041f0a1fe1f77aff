import type { GuardReviews, GuardVerdict } from '@tallyspan/server';
import { exactCount, formatShare } from '../../format/count.ts';
import { printable } from '../../format/printable.ts';
import { formatExact } from '../../format/time.ts';
import type { Column } from '../../widgets/data-table.tsx';
import { NoCost } from '../../widgets/money.tsx';
import { spanColumns } from '../../widgets/span-columns.tsx';
import { Clip } from '../../widgets/text.tsx';
import { OutcomeBadge } from './outcome.tsx';

type Rule = GuardReviews['rules'][number];
export type Verdict = NonNullable<GuardVerdict['review']>['verdict'];

const VERDICTS: Readonly<Record<Verdict, string>> = { right: 'Right', false_positive: 'False positive' };

/** How often each scanner was wrong, of what people looked at. */
export const RULES: readonly Column<Rule>[] = [
  { id: 'rule', title: 'Rule', cell: ({ scanner }) => <Clip text={scanner} />, sort: ({ scanner }) => scanner },
  {
    ...{ id: 'rate', title: 'False positives', isNumber: true, about: 'Of those that somebody reviewed' },
    cell: ({ falsePositiveRate, falsePositives, right }) =>
      falsePositiveRate === null ? (
        <NoCost title="None was reviewed" />
      ) : (
        <span title={`${exactCount(falsePositives)} of ${exactCount(falsePositives + right)} reviewed`}>
          {formatShare(falsePositiveRate)}
        </span>
      ),
    sort: ({ falsePositiveRate }) => falsePositiveRate,
  },
  {
    ...{ id: 'reviewed', title: 'Reviewed', isNumber: true, from: 'tablet' },
    cell: ({ falsePositives, right }) => exactCount(falsePositives + right),
    sort: ({ falsePositives, right }) => falsePositives + right,
  },
  {
    ...{ id: 'found', title: 'Spans', isNumber: true },
    cell: ({ found }) => exactCount(found),
    sort: ({ found }) => found,
  },
];

/** The verdicts; with `say`, two buttons to say whether each was right, and one to take that back. */
export function verdictColumns(
  say: ((of: GuardVerdict, verdict: Verdict | undefined) => void) | undefined,
): readonly Column<GuardVerdict>[] {
  const [name, agent, model, time] = spanColumns;
  return [
    {
      ...{ id: 'name', title: 'Span' },
      cell: ({ span }) => name.cell(span),
      sort: ({ span }) => name.sort(span),
    },
    {
      ...{ id: 'outcome', title: 'Outcome', from: 'tablet' },
      cell: ({ span }) => <OutcomeBadge outcome={span.guard ?? ''} />,
      sort: ({ span }) => span.guard,
    },
    {
      ...{ id: 'rules', title: 'Rules', from: 'tablet' },
      cell: ({ scanners }) => <Clip text={scanners.join(', ')} />,
      sort: ({ scanners }) => scanners.join(),
    },
    {
      ...{ id: 'agent', title: 'Agent', from: 'tablet' },
      cell: ({ span }) => agent.cell(span),
      sort: ({ span }) => agent.sort(span),
    },
    {
      ...{ id: 'model', title: 'Model', from: 'desktop' },
      cell: ({ span }) => model.cell(span),
      sort: ({ span }) => model.sort(span),
    },
    {
      ...{ id: 'time', title: 'Time', isNumber: true, from: 'tablet' },
      cell: ({ span }) => time.cell(span),
      sort: ({ span }) => time.sort(span),
    },
    {
      ...{ id: 'review', title: 'Was it right?' },
      cell: (of) => <ReviewCell of={of} say={say} />,
      sort: ({ review }) => review?.verdict ?? null,
    },
  ];
}

function ReviewCell({ of, say }: { of: GuardVerdict; say: Parameters<typeof verdictColumns>[0] }) {
  const { review, span } = of;
  if (!say)
    return review === null ? (
      <span className="muted">not reviewed</span>
    ) : (
      <span title={saidBy(review)}>{VERDICTS[review.verdict]}</span>
    );
  return (
    <span className="review" title={review ? saidBy(review) : undefined}>
      {(['right', 'false_positive'] as const).map((verdict) => (
        <button
          key={verdict}
          type="button"
          className="button small"
          aria-pressed={review?.verdict === verdict}
          aria-label={`${VERDICTS[verdict]}: ${printable(span.name)}, ${printable(span.guard ?? '')}`}
          onClick={() => say(of, review?.verdict === verdict ? undefined : verdict)}
        >
          {VERDICTS[verdict]}
        </button>
      ))}
    </span>
  );
}

function saidBy({ who, at }: NonNullable<GuardVerdict['review']>): string {
  return `by ${printable(who)}, ${formatExact(at)}`;
}
