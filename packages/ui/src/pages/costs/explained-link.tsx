import type { Totals } from '@tallyspan/server';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import type { CellFilter } from '../../costs/cell-filter.ts';
import { explanationQuery, type Looked } from '../../costs/costs-queries.ts';
import { WhyFigure } from './why-figure.tsx';

/** Somebody who only moves over the table asks nothing. */
const HOVER_MS = 180;
const CARD_WIDTH = 380;

/** A figure that leads to the calls behind it, and says what it is made of while the pointer or the focus is on it. */
export function ExplainedLink(properties: {
  cell: CellFilter;
  looked: Looked;
  totals: Totals;
  tabIndex?: number;
  children: ReactNode;
}) {
  const { cell, looked, totals } = properties;
  const [place, setPlace] = useState<{ left: number; top: number; above: boolean }>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const id = useId();
  useEffect(() => () => clearTimeout(timer.current), []);

  const open = (element: HTMLElement, afterMs: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setPlace(placeBeside(element)), afterMs);
  };
  const close = () => {
    clearTimeout(timer.current);
    setPlace(undefined);
  };
  return (
    <>
      <Link
        to="."
        search={(before) => ({
          ...before,
          view: 'spans',
          cell: cell.terms,
          at: cell.at && `${cell.at.from}/${cell.at.to}`,
        })}
        className="figure-link"
        tabIndex={properties.tabIndex}
        aria-describedby={place ? id : undefined}
        onClick={(event) => event.stopPropagation()}
        onMouseEnter={(event) => open(event.currentTarget, HOVER_MS)}
        onMouseLeave={close}
        onFocus={(event) => open(event.currentTarget, 0)}
        onBlur={close}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !place) return;
          event.stopPropagation();
          close();
        }}
      >
        {properties.children}
      </Link>
      {place &&
        createPortal(
          <div
            role="tooltip"
            id={id}
            className={`why-card${place.above ? ' is-above' : ''}`}
            style={{ left: place.left, top: place.top }}
          >
            <Why cell={cell} looked={looked} totals={totals} />
          </div>,
          document.querySelector('main') ?? document.body,
        )}
    </>
  );
}

function Why({ cell, looked, totals }: { cell: CellFilter; looked: Looked; totals: Totals }) {
  const { data, error } = useQuery(explanationQuery(cell, looked));
  return <WhyFigure totals={totals} explanation={data} failed={error !== null} />;
}

function placeBeside(element: HTMLElement): { left: number; top: number; above: boolean } {
  const box = element.getBoundingClientRect();
  const width = Math.min(CARD_WIDTH, window.innerWidth - 24);
  const left = Math.max(12, Math.min(box.right - width, window.innerWidth - width - 12));
  const above = box.bottom > window.innerHeight * 0.6;
  return { left, top: above ? box.top - 8 : box.bottom + 8, above };
}
