import { Link } from '@tanstack/react-router';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { axisText, bucketTitle } from '../../costs/bucket-text.ts';
import { cellFilter } from '../../costs/cell-filter.ts';
import { labelOf } from '../../costs/cost-rows.ts';
import { MEASURES, type Measure } from '../../costs/costs-search.ts';
import { dimensionPlural } from '../../costs/dimensions.ts';
import { heightOf, roundAbove, type Bar, type OverTime, type Series } from '../../costs/over-time.ts';
import { sumTotals } from '../../costs/sum-totals.ts';
import { countOf, exactCount, formatCount } from '../../format/count.ts';
import { exactUsd, formatUsd } from '../../format/money.ts';
import { printable } from '../../format/printable.ts';
import { Segments } from '../../widgets/segments.tsx';
import { Clip } from '../../widgets/text.tsx';

const MEASURE_TEXTS: Readonly<Record<Measure, string>> = {
  cost: 'Dollars',
  tokens: 'Tokens',
  calls: 'Calls',
  errors: 'Errors',
};

/** Bars over time, in the colours of the first dimension; tokens in those of input and output. Each leads to its calls. */
export function TimeChart(properties: {
  data: OverTime;
  dimension: string;
  measure: Measure;
  utc: boolean;
  choose(measure: Measure): void;
}) {
  const { data, dimension, measure, utc } = properties;
  const [at, setAt] = useState<number>();
  const layers = layersOf(data.series, dimension, measure);
  const top = useMemo(
    () => roundAbove(Math.max(...data.bars.map(({ total }) => heightOf(total, measure)))),
    [data, measure],
  );
  const { bars } = data;
  const lengthMs = (bars.at(-1)?.toMs ?? 0) - (bars[0]?.fromMs ?? 0);
  const shown = at === undefined ? undefined : bars[at];
  // Left and right go from bar to bar, so that the chart is one stop for the Tab key.
  const move = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(bars.length - 1, (at ?? bars.length - 1) + step));
    event.currentTarget.querySelectorAll<HTMLElement>('a.time-bar')[next]?.focus();
  };
  return (
    <section className="time-chart" aria-label={`${MEASURE_TEXTS[measure]} over time`} data-testid="time-chart">
      <div className="time-chart-head">
        <h2>{MEASURE_TEXTS[measure]} over time</h2>
        <Segments
          label="What is shown over time"
          choices={MEASURES.map((value) => ({ value, text: MEASURE_TEXTS[value] }))}
          value={measure}
          onChoose={properties.choose}
        />
      </div>
      <div className="time-plot">
        <div className="time-scale number" aria-hidden="true">
          <span>{scaleText(top, measure)}</span>
          <span>{scaleText(top / 2, measure)}</span>
          <span>0</span>
        </div>
        <div
          className="time-bars"
          role="group"
          aria-label="Stretches of time"
          onKeyDown={move}
          onMouseLeave={() => setAt(undefined)}
        >
          {bars.map((bar, i) => (
            <Link
              key={bar.fromMs}
              to="."
              search={(before) => ({ ...before, view: 'spans', cell: cellFilter([]).terms, at: endsOf(bar) })}
              className={`time-bar${i === at ? ' is-at' : ''}`}
              tabIndex={i === (at ?? bars.length - 1) ? 0 : -1}
              aria-label={`${bucketTitle(bar.fromMs, bar.toMs, utc)}: ${exactUsd(bar.total.costUsd)}, ${countOf(bar.total.calls, 'call')}`}
              onMouseEnter={() => setAt(i)}
              onFocus={() => setAt(i)}
              onBlur={() => setAt(undefined)}
            >
              {layers.map((layer) => {
                const height = layer.height(bar) / top;
                return (
                  height > 0 && <span key={layer.key} className={layer.colour} style={{ height: `${height * 100}%` }} />
                );
              })}
            </Link>
          ))}
        </div>
        <div className="time-axis" aria-hidden="true">
          {ticksOf(bars).map((bar) => (
            <span key={bar.fromMs}>{axisText(bar.fromMs, lengthMs, utc)}</span>
          ))}
        </div>
      </div>
      <div className="time-legend">
        <p className="time-at number">
          {shown ? bucketTitle(shown.fromMs, shown.toMs, utc) : 'All of it'}
          <strong>{valueText(shown?.total, data, measure)}</strong>
        </p>
        <ul>
          {layers.map((layer) => (
            <li key={layer.key}>
              <span className={`part-dot ${layer.colour}`} aria-hidden="true" />
              <Clip text={layer.name} />
              <span className="muted number">{layer.text(shown)}</span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

interface Layer {
  key: string;
  name: string;
  colour: string;
  height(bar: Bar): number;
  /** Of one bar, or of all. */
  text(bar: Bar | undefined): string;
}

function layersOf(series: readonly Series[], dimension: string, measure: Measure): Layer[] {
  if (measure === 'tokens') {
    const all = { inputTokens: 0, outputTokens: 0 };
    for (const { total } of series) {
      all.inputTokens += total.inputTokens;
      all.outputTokens += total.outputTokens;
    }
    return [
      {
        key: 'in',
        name: 'Input',
        colour: 'part-1',
        height: ({ total }) => total.inputTokens,
        text: (bar) => exactCount((bar?.total ?? all).inputTokens),
      },
      {
        key: 'out',
        name: 'Output',
        colour: 'part-4',
        height: ({ total }) => total.outputTokens,
        text: (bar) => exactCount((bar?.total ?? all).outputTokens),
      },
    ];
  }
  return series.map((each, place) => ({
    key: String(place),
    name:
      each.value === undefined
        ? `${each.others} other ${dimensionPlural(dimension)}`
        : printable(labelOf({ dimension, value: each.value })),
    colour: each.value === undefined ? 'part-rest' : `part-${place + 1}`,
    height: (bar) => heightOf(bar.parts[place], measure),
    text: (bar) => {
      const totals = bar ? bar.parts[place] : each.total;
      if (!totals) return '–';
      return measure === 'cost' ? formatUsd(totals.costUsd) : exactCount(totals[measure]);
    },
  }));
}

function valueText(total: Bar['total'] | undefined, { series }: OverTime, measure: Measure): string {
  const parts = total ? [total] : series.map((each) => each.total);
  if (measure !== 'cost') return exactCount(parts.reduce((sum, part) => sum + heightOf(part, measure), 0));
  return exactUsd(sumTotals(parts).costUsd);
}

function scaleText(value: number, measure: Measure): string {
  if (measure === 'cost') return value >= 1 ? `$${formatCount(value)}` : `$${Number(value.toPrecision(2))}`;
  return Number.isInteger(value) ? formatCount(value) : '';
}

function endsOf({ fromMs, toMs }: Bar): string {
  return `${new Date(fromMs).toISOString()}/${new Date(toMs).toISOString()}`;
}

/** Five words at most fit below it; the last one would stand beyond the end. */
function ticksOf(bars: readonly Bar[]): Bar[] {
  const every = Math.ceil(bars.length / 6);
  return bars.filter((_, i) => i % every === 0);
}
