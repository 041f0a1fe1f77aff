import { TallyError } from '@tallyspan/facts';
import { type Quota, routes } from '../api.ts';
import type { Access } from '../auth/access.ts';
import type { Authority } from '../auth/authority.ts';
import type { QuotaRecord } from '../auth/quotas.ts';
import type { Handlers } from './handlers.ts';

/** A tenant sees its own quota and cannot change it: it is there to bound the tenant. */
export function quotaHandlers({ quotas }: Authority): Handlers<'listQuotas' | 'putQuota' | 'deleteQuota'> {
  return {
    async listQuotas({ access }) {
      const all = (await quotas.list()).filter(({ tenant }) => access.tenant === undefined || tenant === access.tenant);
      return { quotas: all.map(shown) };
    },

    async putQuota({ params, body, access }) {
      mustSeeAll(access);
      const { spansPerSecond, bytesPerDay } = body;
      const quota: QuotaRecord = {
        ...(typeof spansPerSecond === 'number' && { spansPerSecond }),
        ...(typeof bytesPerDay === 'number' && { bytesPerDay }),
      };
      return shown(await quotas.put(params.tenant, quota));
    },

    async deleteQuota({ params, access }) {
      mustSeeAll(access);
      if (!(await quotas.delete(params.tenant)))
        throw new TallyError('NOT_FOUND', { thing: 'quota of', id: params.tenant, list: routes.listQuotas.path });
    },
  };
}

function shown({ tenant, quota, bytesToday }: { tenant: string; quota: QuotaRecord; bytesToday: number }): Quota {
  const { spansPerSecond = null, bytesPerDay = null } = quota;
  return { tenant, spansPerSecond, bytesPerDay, bytesToday };
}

export function mustSeeAll({ tenant, who }: Access): void {
  if (tenant === undefined) return;
  const given = `the tenant ${tenant}`;
  throw new TallyError('FORBIDDEN', { needed: 'a key of all tenants', who: `this one (${who})`, given });
}
