import { useEffect, useState } from 'react';
import { Icon } from './icon.tsx';

/** Takes a text along. Browsers allow it on https and on this machine; elsewhere there is no button. */
export function CopyButton({ text, label, small = true }: { text: string; label: string; small?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_600);
    return () => clearTimeout(timer);
  }, [copied]);
  if (!navigator.clipboard) return null;
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button
      type="button"
      className={`icon-button${small ? ' small' : ''}${copied ? ' copied' : ''}`}
      onClick={copy}
      aria-label={copied ? 'Copied' : label}
      title={label}
    >
      <Icon name={copied ? 'ok' : 'copy'} size={14} />
    </button>
  );
}

export function Snippet({ text, label }: { text: string; label: string }) {
  return (
    <div className="snippet">
      <pre tabIndex={0} role="group" aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} label="Copy" />
    </div>
  );
}
