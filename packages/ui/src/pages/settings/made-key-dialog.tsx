import type { MadeKey } from '@tallyspan/server';
import { Dialog } from '../../forms/dialog.tsx';
import { Snippet } from '../../widgets/copy.tsx';

/** A key is kept nowhere: this is the one time that it is seen. It is in no address and in no store of the browser. */
export function MadeKeyDialog({ made, close }: { made: MadeKey; close(): void }) {
  return (
    <Dialog title="Your key" close={close}>
      <div className="once" data-testid="made-key">
        <p>
          <strong>It is shown this once.</strong> Keep it where you keep secrets; the server has only its hash.
        </p>
        <Snippet label="The key" text={made.secret} />
        {made.key.scope === 'ingest' && (
          <Snippet
            label="Shell: send with this key"
            text={`export OTEL_EXPORTER_OTLP_ENDPOINT=${window.location.origin}\nexport OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer ${made.secret}"`}
          />
        )}
        <div className="form-actions">
          <button type="button" className="button primary" onClick={close}>
            I have kept it
          </button>
        </div>
      </div>
    </Dialog>
  );
}
