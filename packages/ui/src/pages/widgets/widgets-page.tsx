import { useQuery } from '@tanstack/react-query';
import { agentsQuery, recentTracesQuery } from '../../api/queries.ts';
import '../../styles/forms.css';
import '../../styles/gallery.css';
import { Page } from '../../widgets/page.tsx';
import { DEMOS } from './demos.tsx';

/** Every widget on one page, with what is stored here. */
export function WidgetsPage() {
  const traces = useQuery(recentTracesQuery);
  const agents = useQuery(agentsQuery({}, { order: 'last' }));
  const shown = { traces: traces.data?.traces ?? [], agents: agents.data?.agents ?? [] };
  return (
    <Page title="Widgets">
      <p className="page-lead">
        What the pages are built of, with the newest traces of this server. In the sources each stands in the file that
        is named above it.
      </p>
      <div className="demos" data-testid="demos" data-ready={traces.isSuccess && agents.isSuccess}>
        {DEMOS.map(({ file, about, Show }) => (
          <section key={file} className="demo" data-file={file}>
            <h2>{file}</h2>
            <p className="muted">{about}</p>
            <div className="demo-stage">
              <Show {...shown} />
            </div>
          </section>
        ))}
      </div>
    </Page>
  );
}
