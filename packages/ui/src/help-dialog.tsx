import { Fragment, type Ref } from 'react';
import { Icon } from './widgets/icon.tsx';

const KEYS: readonly { title: string; keys: readonly [keys: readonly string[], meaning: string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      [['?'], 'This help'],
      [['/'], 'Search'],
    ],
  },
  {
    title: 'Traces',
    keys: [
      [['j', '↓'], 'Next trace'],
      [['k', '↑'], 'Previous trace'],
      [['Enter'], 'Open'],
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
