import { lexer, type Token, type Tokens } from 'marked';
import { Fragment, type ReactNode } from 'react';
import { printable } from '../../format/printable.ts';

/**
 * Markdown of a model, as elements. It is taken apart by `marked` and put together by React, so there is never any HTML: a tag in the
 * text stays text, a picture is named and not loaded, and a link goes to http, https or mail alone.
 */
export default function Markdown({ text }: { text: string }) {
  return <div className="markdown">{blocks(lexer(printable(text), { gfm: true, breaks: true }))}</div>;
}

/** Quotes in quotes in lists: a deeper one stays the text it is. */
const DEPTH_MAX = 12;

function blocks(tokens: readonly Token[], depth = 0): ReactNode {
  return tokens.map((token, i) => <Fragment key={i}>{block(token as Tokens.Generic, depth)}</Fragment>);
}

function block(token: Tokens.Generic, depth: number): ReactNode {
  if (depth > DEPTH_MAX) return <p>{token.raw}</p>;
  const inside = () => (token.tokens ? inline(token.tokens, depth + 1) : (token['text'] as string));
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'heading':
      // The page has headings of its own; those of a message are only bold lines.
      return <p className="markdown-heading">{inside()}</p>;
    case 'paragraph':
      return <p>{inside()}</p>;
    case 'text':
      return token.tokens ? <span>{inside()}</span> : token['text'];
    case 'code':
      return (
        <pre className="code" tabIndex={0}>
          {token['text']}
        </pre>
      );
    case 'blockquote':
      return <blockquote>{blocks(token.tokens ?? [], depth + 1)}</blockquote>;
    case 'hr':
      return <hr />;
    case 'list':
      return <List list={token as Tokens.List} depth={depth} />;
    case 'table':
      return <Table table={token as Tokens.Table} depth={depth} />;
    default:
      return <p>{token.raw}</p>;
  }
}

function List({ list, depth }: { list: Tokens.List; depth: number }) {
  const items = list.items.map((item, i) => (
    <li key={i}>
      {item.task && <span className="task">{item.checked ? '☑' : '☐'} </span>}
      {blocks(item.tokens, depth + 1)}
    </li>
  ));
  return list.ordered ? <ol start={typeof list.start === 'number' ? list.start : 1}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ table, depth }: { table: Tokens.Table; depth: number }) {
  return (
    <div className="markdown-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {table.header.map((cell, i) => (
              <th key={i} scope="col">
                {inline(cell.tokens, depth + 1)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j}>{inline(cell.tokens, depth + 1)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inline(tokens: readonly Token[], depth: number): ReactNode {
  return tokens.map((token, i) => <Fragment key={i}>{phrase(token as Tokens.Generic, depth)}</Fragment>);
}

function phrase(token: Tokens.Generic, depth: number): ReactNode {
  if (depth > DEPTH_MAX) return token.raw;
  const inside = () => (token.tokens ? inline(token.tokens, depth + 1) : unescaped(token));
  switch (token.type) {
    case 'strong':
      return <strong>{inside()}</strong>;
    case 'em':
      return <em>{inside()}</em>;
    case 'del':
      return <del>{inside()}</del>;
    case 'codespan':
      return <code>{token['text']}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Anchor href={String(token['href'])}>{inside()}</Anchor>;
    case 'image':
      return (
        <span className="remote-image" title="A picture elsewhere; the page loads nothing from other servers">
          picture{token['text'] ? ` “${token['text']}”` : ''}, not loaded: {String(token['href']).slice(0, 300)}
        </span>
      );
    case 'text':
    case 'escape':
      return inside();
    default:
      return token.raw;
  }
}

/** Text as it was written; `marked` gives entities back as they stand, and React writes text as text. */
function unescaped(token: Tokens.Generic): string {
  return typeof token['text'] === 'string' ? token['text'] : token.raw;
}

/** A link says where it goes: what is written on it is the model's word. */
function Anchor({ href, children }: { href: string; children: ReactNode }) {
  const url = safeUrl(href);
  if (!url) return children;
  return (
    <a href={url.href} title={url.href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function safeUrl(href: string): URL | null {
  try {
    const url = new URL(href);
    return url.protocol === 'https:' || url.protocol === 'http:' || url.protocol === 'mailto:' ? url : null;
  } catch {
    return null;
  }
}
