import { DeleteSection } from './delete-section.tsx';
import { JobList } from './job-list.tsx';
import { RetentionSection } from './retention-section.tsx';

/** How long spans are kept, deleting them for good, and what came of that. */
export function DataView() {
  return (
    <>
      <RetentionSection />
      <DeleteSection />
      <JobList />
    </>
  );
}
