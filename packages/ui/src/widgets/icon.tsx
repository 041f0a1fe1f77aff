import type { ReactElement } from 'react';

/** Drawn on a 16 × 16 grid with one stroke. A name that is not here is no icon. */
const SHAPES = {
  agent: <path d="M8 1.9 13.3 5v6L8 14.1 2.7 11V5zM8 5.6v4.8M5.9 6.9v2.2M10.1 6.9v2.2" />,
  role: <path d="M8 8.1a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM2.9 13.6c.5-2.2 2.5-3.5 5.1-3.5s4.6 1.3 5.1 3.5" />,
  model: <path d="M8 1.8c.5 3.7 2 5.5 6.2 6.2-4.2.7-5.7 2.5-6.2 6.2-.5-3.7-2-5.5-6.2-6.2C6 7.3 7.5 5.5 8 1.8Z" />,
  embeddings: (
    <path d="M3 3h.01M8 3h.01M13 3h.01M3 8h.01M8 8h.01M13 8h.01M3 13h.01M8 13h.01M13 13h.01" strokeWidth="2.4" />
  ),
  tool: (
    <path d="M13.6 4.6 11.3 6.9 9.1 4.7l2.3-2.3a3.7 3.7 0 0 0-4.9 4.8L2.3 11.4a1.6 1.6 0 0 0 2.3 2.3l4.2-4.2a3.7 3.7 0 0 0 4.8-4.9Z" />
  ),
  retrieval: (
    <path d="M3 4c0-1.1 2.2-2 5-2s5 .9 5 2-2.2 2-5 2-5-.9-5-2Zm0 0v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2" />
  ),
  guard: <path d="M8 1.8 13.2 3.6v4c0 3.1-2.1 5.4-5.2 6.6-3.1-1.2-5.2-3.5-5.2-6.6v-4z" />,
  cache: <path d="M8.8 1.8 3.4 9h4.1l-.5 5.2L12.6 7H8.4z" />,
  credential: <path d="M5.3 8.2a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4ZM7.3 9 13.4 2.8M11 5.2l1.9 1.9" />,
  vault: <path d="M3.6 7.2h8.8v6.6H3.6zM5.4 7.2V5a2.6 2.6 0 0 1 5.2 0v2.2M8 10v1.4" />,
  gateway: <path d="M5.6 1.8v3M10.4 1.8v3M3.8 4.8h8.4v2.4a4.2 4.2 0 0 1-8.4 0zM8 11.4v2.8" />,
  a2a: <path d="M2 5.4h11M10.2 2.6 13 5.4l-2.8 2.8M14 10.6H3M5.8 7.8 3 10.6l2.8 2.8" />,
  sandbox: <path d="M2.2 3h11.6v10H2.2zM4.8 6.2 6.6 8l-1.8 1.8M8.2 10h2.8" />,
  browser: <path d="M2 3h12v10H2zM2 6h12M4.2 4.5h.01M6 4.5h.01" />,
  path: <path d="M2.6 3.2h3.2v4.6h4.4v5h3.2" />,
  link: (
    <path d="M6.8 9.2a2.5 2.5 0 0 0 3.6 0l2.2-2.3A2.5 2.5 0 0 0 9 3.4l-.9.9M9.2 6.8a2.5 2.5 0 0 0-3.6 0L3.4 9.1A2.5 2.5 0 0 0 7 12.6l.9-.9" />
  ),
  code: <path d="M5.4 4.4 1.8 8l3.6 3.6M10.6 4.4 14.2 8l-3.6 3.6" />,
  zoomIn: <path d="M7 2.3a4.7 4.7 0 1 0 0 9.4 4.7 4.7 0 0 0 0-9.4Zm3.4 8.1 3.3 3.3M7 5.2v3.6M5.2 7h3.6" />,
  zoomOut: <path d="M7 2.3a4.7 4.7 0 1 0 0 9.4 4.7 4.7 0 0 0 0-9.4Zm3.4 8.1 3.3 3.3M5.2 7h3.6" />,
  zoomReset: <path d="M2.4 5.6V2.4h3.2M13.6 5.6V2.4h-3.2M2.4 10.4v3.2h3.2M13.6 10.4v3.2h-3.2" />,
  columns: <path d="M2.4 2.8h4.2v10.4H2.4zM9.4 2.8h4.2v10.4H9.4z" />,
  other: <path d="M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z" />,
  ok: <path d="m3.5 8.5 3 3 6-7" />,
  error: <path d="M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 4.9v3.6M8 11v.01" />,
  warning: <path d="M8 2.2 14.3 13.2H1.7zM8 6.5v3M8 11.3v.01" />,
  running: <path d="M8 1.9A6.1 6.1 0 1 1 1.9 8" />,
  partial: <path d="M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 1 0 8 1.8Z" strokeDasharray="2.9 2.66" />,
  arrow: <path d="M2.5 8h11M9.8 4.3 13.5 8l-3.7 3.7" />,
  back: <path d="M13.5 8h-11M6.2 4.3 2.5 8l3.7 3.7" />,
  chevron: <path d="m6 3.7 4.3 4.3L6 12.3" />,
  down: <path d="m3.7 6 4.3 4.3L12.3 6" />,
  up: <path d="M3.7 10 8 5.7l4.3 4.3" />,
  sum: <path d="M12 3.2H4.2L8.6 8l-4.4 4.8H12" />,
  search: <path d="M7 2.3a4.7 4.7 0 1 0 0 9.4 4.7 4.7 0 0 0 0-9.4Zm3.4 8.1 3.3 3.3" />,
  close: <path d="m3.8 3.8 8.4 8.4m0-8.4-8.4 8.4" />,
  copy: <path d="M5.7 5.7h7.8v7.8H5.7zM10.3 5.5v-3H2.5v7.8h3" />,
  pause: <path d="M5.3 3.2v9.6M10.7 3.2v9.6" strokeWidth="2" />,
  play: <path d="M4.5 2.8 12.8 8l-8.3 5.2z" />,
  help: <path d="M5.7 6a2.3 2.3 0 1 1 3.5 2c-.8.5-1.2.9-1.2 1.8M8 12.5v.01" />,
  sun: (
    <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.2M8 13.8V15M3 3l.9.9M12.1 12.1l.9.9M1 8h1.2M13.8 8H15M3 13l.9-.9M12.1 3.9l.9-.9" />
  ),
  moon: <path d="M13.7 9.4A6 6 0 0 1 6.6 2.3a6 6 0 1 0 7.1 7.1Z" />,
  system: <path d="M2 3h12v8H2zM5.5 13.7h5M8 11v2.7" />,
  expand: <path d="m4.5 5.8 3.5-3.5 3.5 3.5M4.5 10.2 8 13.7l3.5-3.5" />,
  fold: <path d="M4.5 2.3 8 5.8l3.5-3.5M4.5 13.7 8 10.2l3.5 3.5" />,
  coins: (
    <path d="M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Zm2 4c-.3-.8-1-1.2-2-1.2-1.2 0-2 .6-2 1.6C6 8.5 10 7.4 10 9.7c0 1-.8 1.7-2 1.7s-2-.5-2.2-1.3M8 3.5v1M8 11.5v1" />
  ),
  clock: <path d="M8 1.9a6.1 6.1 0 1 0 0 12.2A6.1 6.1 0 0 0 8 1.9ZM8 4.6V8l2.4 1.6" />,
  star: <path d="m8 2 1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z" />,
  print: <path d="M4.5 6V2.2h7V6M4.5 11.5H2.4V6h11.2v5.5h-2.1M4.5 9.4h7v4.4h-7z" />,
  plus: <path d="M8 3v10M3 8h10" />,
  list: <path d="M2.5 4h11M2.5 8h7.5M2.5 12h9.5" />,
} as const satisfies Record<string, ReactElement>;

export type IconName = keyof typeof SHAPES;
export const iconNames = Object.keys(SHAPES) as IconName[];

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[name]}
    </svg>
  );
}
