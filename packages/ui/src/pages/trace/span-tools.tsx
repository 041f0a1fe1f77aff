import type { Span } from '@tallyspan/server';
import { useEffect, useState } from 'react';
import { linkToSpan, spanAsCurl, spanAsJson } from '../../trace/take-along.ts';
import { Icon, type IconName } from '../../widgets/icon.tsx';

/** A span to take along: as a link, as JSON, as the request that answers it. Browsers allow it on https and on this machine. */
export function SpanTools({ span, traceId }: { span: Span; traceId: string }) {
  if (!navigator.clipboard) return null;
  return (
    <div className="span-tools" role="group" aria-label="Copy this span">
      <Tool
        icon="link"
        text="Link"
        label="Copy a link to this span"
        of={() => linkToSpan(location.href, span.spanId)}
      />
      <Tool icon="copy" text="JSON" label="Copy this span as JSON" of={() => spanAsJson(span)} />
      <Tool
        icon="code"
        text="curl"
        label="Copy the request for this span as curl"
        of={() => spanAsCurl(location.origin, traceId, span.spanId)}
      />
    </div>
  );
}

function Tool({ icon, text, label, of }: { icon: IconName; text: string; label: string; of(): string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    navigator.clipboard.writeText(of()).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button type="button" className={`tool-button${copied ? ' copied' : ''}`} onClick={copy} title={label}>
      <Icon name={copied ? 'ok' : icon} size={13} />
      {copied ? 'Copied' : text}
      <span className="unseen">{copied ? '' : `: ${label}`}</span>
    </button>
  );
}
