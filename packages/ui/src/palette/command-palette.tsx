import '../styles/palette.css';
import { useQueries } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { agentsQuery, recentTracesQuery } from '../api/queries.ts';
import { printable } from '../format/printable.ts';
import { chooseTheme, THEMES } from '../theme.ts';
import { Icon } from '../widgets/icon.tsx';
import { chooseCommands, type Command } from './commands.ts';
import { ALL_PLACES } from './places.ts';

/** Everything that can be gone to or done, found by typing. */
export default function CommandPalette({ close, showHelp }: { close(): void; showHelp(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const all = useCommands(showHelp);
  const open = useOpenTrace();
  const commands = useMemo(() => chooseCommands(all, typed, open), [all, typed, open]);
  const at = Math.min(active, commands.length - 1);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at, commands]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    // First, so that what it opens has the focus.
    dialog.current?.close();
    command.run();
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => setActive((at + 1) % Math.max(1, commands.length)),
    ArrowUp: () => setActive((at - 1 + commands.length) % Math.max(1, commands.length)),
    Home: () => setActive(0),
    End: () => setActive(Math.max(0, commands.length - 1)),
    Enter: () => run(commands[at]),
  };

  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label="Go to anything"
      onClose={close}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div className="palette-field">
        <Icon name="search" size={16} />
        <input
          type="text"
          role="combobox"
          aria-label="Go to a page, a trace or an agent, or do something"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          placeholder="A page, a trace id, an agent, an action…"
          autoFocus
          spellCheck={false}
          autoComplete="off"
          maxLength={200}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(0);
          }}
          onKeyDown={(event) => {
            const press = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
            if (!press || event.nativeEvent.isComposing) return;
            event.preventDefault();
            press();
          }}
        />
        <kbd aria-hidden="true">Esc</kbd>
      </div>
      <ul ref={list} id={`${id}-list`} role="listbox" aria-label="What fits">
        {commands.map((command, i) => (
          <li
            key={command.key}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            onClick={() => run(command)}
            onPointerMove={() => setActive(i)}
          >
            <Icon name={command.icon} size={14} />
            <span className="clip">{printable(command.text)}</span>
            <span className="palette-kind">{command.kind}</span>
            {command.keys && (
              <span className="keys" aria-hidden="true">
                {command.keys.map((key, place) => (
                  <kbd key={`${place} ${key}`}>{key}</kbd>
                ))}
              </span>
            )}
          </li>
        ))}
      </ul>
      <p role="status" className={commands.length === 0 ? 'palette-none' : 'unseen'}>
        {commands.length === 0 ? 'Nothing fits.' : `${commands.length} to choose from`}
      </p>
    </dialog>
  );
}

function useOpenTrace(): (traceId: string) => void {
  const navigate = useNavigate();
  return useMemo(() => (traceId) => void navigate({ to: '/traces/$traceId', params: { traceId } }), [navigate]);
}

/** Pages, what can be done, and what was seen last. Recent traces and agents are asked for when the palette opens. */
function useCommands(showHelp: () => void): Command[] {
  const navigate = useNavigate();
  const openTrace = useOpenTrace();
  const [traces, agents] = useQueries({ queries: [recentTracesQuery, agentsQuery({}, { order: 'last' })] });
  return useMemo(
    () => [
      ...ALL_PLACES.map(({ to, text, letter, icon }): Command => ({
        ...{ key: `page ${to}`, kind: 'Page', text, icon },
        keys: ['g', letter],
        run: () => void navigate({ to }),
      })),
      ...THEMES.map((theme): Command => ({
        ...{ key: `theme ${theme}`, kind: 'Action', text: `Theme: ${theme}` },
        icon: theme === 'system' ? 'system' : theme === 'light' ? 'sun' : 'moon',
        run: () => chooseTheme(theme),
      })),
      ...(navigator.clipboard
        ? [
            {
              ...({ key: 'copy', kind: 'Action', text: 'Copy the link to this page', icon: 'copy' } as const),
              run: () => void navigator.clipboard.writeText(window.location.href).catch(() => undefined),
            },
          ]
        : []),
      {
        ...({ key: 'help', kind: 'Action', text: 'Keyboard help', icon: 'help' } as const),
        keys: ['?'],
        run: showHelp,
      },
      ...(agents.data?.agents ?? []).map(({ agent, tenant }): Command => ({
        ...{ key: `agent ${JSON.stringify([tenant, agent])}`, kind: 'Agent', icon: 'agent' },
        text: tenant === null ? (agent ?? '') : `${agent ?? ''} (${tenant})`,
        run: () => void navigate({ to: '/agents', search: { agent: agent ?? undefined, tenant: tenant ?? undefined } }),
      })),
      ...(traces.data?.traces ?? []).map(({ traceId, name }): Command => ({
        ...{ key: `trace ${traceId}`, kind: 'Trace', icon: 'list', text: name || traceId, also: traceId },
        run: () => openTrace(traceId),
      })),
    ],
    [navigate, openTrace, showHelp, traces.data, agents.data],
  );
}
