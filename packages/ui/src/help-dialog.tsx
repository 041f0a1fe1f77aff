import { Fragment, type Ref } from 'react';
import { ALL_PLACES } from './palette/places.ts';
import { Icon } from './widgets/icon.tsx';

const KEYS: readonly { title: string; keys: readonly [keys: readonly string[], meaning: string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      [['?'], 'This help'],
      [['/'], 'Filter, or find'],
      [['Ctrl K', '⌘ K'], 'Go to anything'],
    ],
  },
  {
    title: 'Go to, with g and then',
    keys: ALL_PLACES.map(({ letter, text }) => [[letter], text]),
  },
  {
    title: 'Lists',
    keys: [
      [['j', '↓'], 'Next line'],
      [['k', '↑'], 'Previous line'],
      [['[', ']'], 'A page back, on'],
      [['Enter'], 'Open'],
    ],
  },
  {
    title: 'Traces',
    keys: [
      [['x'], 'Choose for comparing'],
      [['c'], 'Compare the two that are chosen'],
      [['p'], 'Pause and resume'],
    ],
  },
  {
    title: 'One trace, costs',
    keys: [
      [['j', '↓'], 'Next line'],
      [['k', '↑'], 'Previous line'],
      [['→'], 'Unfold, then enter'],
      [['←'], 'Fold, then leave'],
      [['e'], 'Next error'],
      [['Esc'], 'Close the details'],
    ],
  },
  {
    title: 'One trace',
    keys: [
      [['Enter'], 'Into the details'],
      [['[', ']'], 'Model call before, after'],
      [['E'], 'Error before'],
      [['w', 't', 'a'], 'Waterfall, transcript, agents'],
      [['c'], 'Critical path'],
      [['+', '-', '0'], 'Zoom in, out, all'],
      [['z'], 'Zoom to the span'],
      [['<', '>'], 'Earlier, later'],
    ],
  },
];

export function HelpDialog({ ref }: { ref: Ref<HTMLDialogElement> }) {
  return (
    <dialog
      ref={ref}
      className="help"
      aria-labelledby="help-title"
      onClick={(event) => {
        // The dialog itself is hit only where its content is not: on the backdrop.
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div className="help-head">
        <h2 id="help-title">Keyboard</h2>
        <button
          type="button"
          className="icon-button"
          aria-label="Close"
          onClick={(event) => event.currentTarget.closest('dialog')?.close()}
        >
          <Icon name="close" />
        </button>
      </div>
      <div className="help-body">
        {KEYS.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <ul>
              {group.keys.map(([keys, meaning]) => (
                <li key={meaning}>
                  {meaning}
                  <span className="keys">
                    {keys.map((key, i) => (
                      <Fragment key={key}>
                        {i > 0 && <span className="unseen"> or </span>}
                        <kbd>{key}</kbd>
                      </Fragment>
                    ))}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </dialog>
  );
}
