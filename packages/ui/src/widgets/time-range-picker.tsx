import { useState } from 'react';
import { isAllTime, RANGES, type TimeSearch } from '../api/time-range.ts';
import { useSetTime, useTime } from '../api/use-time.ts';
import { Icon } from './icon.tsx';
import { PopOver } from './pop-over.tsx';
import { Segments } from './segments.tsx';

const NO_TIME = { range: undefined, from: undefined, to: undefined } as const satisfies TimeSearch;

/** The time that all pages look at: a range up to now, two ends, or all of it; and in which zone it is written. */
export function TimeRangePicker() {
  const time = useTime();
  const setTime = useSetTime();
  const text = textOf(time);
  return (
    <PopOver
      title={`Time: ${text}`}
      align="end"
      label={
        <>
          <Icon name="clock" size={14} />
          <span>{text}</span>
          {time.tz === 'utc' && <span className="muted">UTC</span>}
          <Icon name="down" size={12} />
        </>
      }
    >
      {(close) => (
        <div className="time-picker">
          <ul>
            {[{ name: undefined, text: 'All time' }, ...RANGES].map((each) => {
              const chosen = each.name === undefined ? isAllTime(time) : each.name === time.range;
              return (
                <li key={each.text}>
                  <button
                    type="button"
                    className="choice"
                    aria-pressed={chosen}
                    onClick={() => {
                      setTime({ ...NO_TIME, range: each.name });
                      close();
                    }}
                  >
                    {each.text}
                    {chosen && <Icon name="ok" size={14} />}
                  </button>
                </li>
              );
            })}
          </ul>
          <Ends
            key={`${time.from} ${time.to} ${time.tz}`}
            time={time}
            choose={(ends) => {
              setTime({ ...NO_TIME, ...ends });
              close();
            }}
          />
          <Segments
            label="Time zone"
            choices={[
              { value: 'local', text: 'Local time', title: Intl.DateTimeFormat().resolvedOptions().timeZone },
              { value: 'utc', text: 'UTC' },
            ]}
            value={time.tz ?? 'local'}
            onChoose={(tz) => setTime({ tz: tz === 'utc' ? 'utc' : undefined })}
          />
        </div>
      )}
    </PopOver>
  );
}

function Ends({ time, choose }: { time: TimeSearch; choose(ends: TimeSearch): void }) {
  const isUtc = time.tz === 'utc';
  const [from, setFrom] = useState(fieldOf(time.from, isUtc));
  const [to, setTo] = useState(fieldOf(time.to, isUtc));
  const ends = { from: isoOf(from, isUtc), to: isoOf(to, isUtc) };
  const isTurned = ends.from !== undefined && ends.to !== undefined && ends.from >= ends.to;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isTurned) choose(ends);
      }}
    >
      <label>
        From
        <input
          type="datetime-local"
          value={from}
          max="9999-12-31T23:59"
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label>
        To
        <input
          type="datetime-local"
          value={to}
          max="9999-12-31T23:59"
          onChange={(event) => setTo(event.target.value)}
        />
      </label>
      <p className="time-problem" role="status">
        {isTurned && 'The end is before the beginning.'}
      </p>
      <button type="submit" className="button" disabled={isTurned || (from === '' && to === '')}>
        Show this time
      </button>
    </form>
  );
}

/** `Last hour`, `Nov 20, 14:00 – Nov 21, 09:30`, `All time`. */
function textOf(time: TimeSearch): string {
  const range = RANGES.find(({ name }) => name === time.range);
  if (range) return range.text;
  if (isAllTime(time)) return 'All time';
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...(time.tz === 'utc' && { timeZone: 'UTC' }),
  });
  const end = (iso: string | undefined) => (iso === undefined ? '' : format.format(Date.parse(iso)));
  if (time.from === undefined) return `Until ${end(time.to)}`;
  return time.to === undefined ? `Since ${end(time.from)}` : `${end(time.from)} – ${end(time.to)}`;
}

/** What a field of a date and a time holds: `2026-11-20T14:00`, without a zone. */
function fieldOf(iso: string | undefined, isUtc: boolean): string {
  if (iso === undefined) return '';
  const ms = Date.parse(iso);
  const shift = isUtc ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - shift).toISOString().slice(0, 16);
}

function isoOf(field: string, isUtc: boolean): string | undefined {
  const ms = field === '' ? Number.NaN : Date.parse(isUtc ? `${field}Z` : field);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
