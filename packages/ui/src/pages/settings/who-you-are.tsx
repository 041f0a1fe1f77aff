import type { Whoami } from '@tallyspan/server';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { sendJson } from '../../api/client.ts';
import { ProblemNote } from '../../forms/problem-note.tsx';
import { printable } from '../../format/printable.ts';

/** Who is asking here, what they may, and the way out. */
export function WhoYouAre({ whoami }: { whoami: Whoami | undefined }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => sendJson('DELETE', '/api/v1/session'),
    onSuccess: async () => {
      client.clear();
      await navigate({ to: '/sign-in' });
    },
  });
  if (!whoami) return null;
  return (
    <section className="who" data-testid="whoami">
      <p>
        {whoami.keysRequired ? (
          <>
            You are <strong>{printable(whoami.who)}</strong>, for{' '}
            {whoami.tenant === null ? 'all tenants' : printable(`the tenant ${whoami.tenant}`)}, and may{' '}
            {whoami.scopes.join(' and ')}.
          </>
        ) : (
          'No key is asked for here: whoever reaches this server may do everything.'
        )}
      </p>
      {whoami.keysRequired && (
        <button type="button" className="button" disabled={signOut.isPending} onClick={() => signOut.mutate()}>
          Sign out
        </button>
      )}
      <ProblemNote error={signOut.error} />
    </section>
  );
}
