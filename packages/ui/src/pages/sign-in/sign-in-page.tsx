import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { sendJson } from '../../api/client.ts';
import { TextField } from '../../forms/form-field.tsx';
import { ProblemNote } from '../../forms/problem-note.tsx';
import '../../styles/forms.css';
import { BrandMark } from '../../widgets/brand.tsx';

const route = getRouteApi('/sign-in');

/** A key for reading opens the page. It goes into the body of one request; what stays is a cookie that no script can read. */
export function SignInPage() {
  const { next } = route.useSearch();
  const [key, setKey] = useState('');
  const [tried, setTried] = useState(false);
  const client = useQueryClient();
  const router = useRouter();
  const signIn = useMutation({
    mutationFn: () => sendJson<unknown>('POST', '/api/v1/session', { key: key.trim() }),
    onSuccess: () => {
      setKey('');
      client.clear();
      router.history.replace(next ?? '/');
    },
  });
  return (
    <div className="page">
      <title>Sign in · Tallyspan</title>
      <form
        className="sign-in"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (key.trim() !== '') signIn.mutate();
        }}
      >
        <BrandMark size={34} />
        <h1>Sign in</h1>
        <p className="sign-in-lead">
          With a key for reading. The first start of the server prints one; <code>tallyspan keys create</code> makes
          more.
        </p>
        <TextField
          label="Key"
          type="password"
          autoComplete="current-password"
          autoFocus
          value={key}
          problem={tried && key.trim() === '' ? 'Paste your key: tally_read_… or tally_admin_…' : undefined}
          onChange={setKey}
        />
        <button type="submit" className="button primary" disabled={signIn.isPending}>
          {signIn.isPending ? 'Signing in…' : 'Sign in'}
        </button>
        <ProblemNote error={signIn.error} />
      </form>
    </div>
  );
}
