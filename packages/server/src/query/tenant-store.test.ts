import { limits, TallyError } from '@tallyspan/facts';
import type { Questions } from '@tallyspan/store';
import { expect, it } from 'vitest';
import { problemResponse } from './problem.ts';
import { type QueryStore, storeFor } from './tenant-store.ts';

it('whoever asks through the API asks with a limit of time, and is told with 504 that it was over', async () => {
  const asked: unknown[] = [];
  const spans: Questions['spans'] = async (filter) => {
    asked.push(filter.tenant);
    throw new TallyError('QUERY_TOO_LONG', { seconds: 10 });
  };
  const within = (msMax: number) => {
    asked.push(msMax);
    return { spans } as Questions;
  };
  const store = { within } as QueryStore;
  for (const access of [{ tenant: undefined }, { tenant: 'acme' }])
    await expect(storeFor(store, access).spans({}, { limit: 1 })).rejects.toMatchObject({ code: 'QUERY_TOO_LONG' });
  expect(asked).toEqual([limits.queryMsMax, undefined, limits.queryMsMax, 'acme']);

  const response = problemResponse(new TallyError('QUERY_TOO_LONG', { seconds: 10 }), () => {});
  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({
    error: { code: 'QUERY_TOO_LONG', what: 'The answer was not there after 10 s.' },
  });
});
