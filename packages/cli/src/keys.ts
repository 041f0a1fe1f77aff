import { TallyError } from '@tallyspan/facts';
import type { Key, KeyList, MadeKey } from '@tallyspan/server';
import { askServer } from './ask-server.ts';
import { printable } from './words.ts';

interface Asked {
  url: string;
  json?: boolean;
}

export interface CreateOptions extends Asked {
  name: string;
  scope: string;
  tenant?: string;
  agent?: string;
  expires?: string;
}

export interface RotateOptions extends Asked {
  grace?: string;
}

const PATH = '/api/v1/keys';

/** Prints the keys of a running server, newest first; never a key itself. */
export async function listKeys({ url, json }: Asked): Promise<void> {
  const answer = await askServer<KeyList>({ url, path: PATH });
  if (json) return console.log(JSON.stringify(answer, null, 2));
  if (answer.keys.length === 0) return console.log('There are no keys: on this machine everybody may do everything.');
  const head = ['id', 'key', 'for', 'tenant', 'state', 'last used', 'name'];
  console.log(columns([head, ...answer.keys.map(row)]));
}

/** Makes a key. The key alone goes to standard output, so that a script can take it; what is to be known of it goes beside. */
export async function createKey({ url, json, name, scope, tenant, agent, expires }: CreateOptions): Promise<void> {
  const expiresAt = expires === undefined ? undefined : inFuture('--expires', expires);
  show(
    await askServer<MadeKey>({ url, path: PATH, method: 'POST', body: { name, scope, tenant, agent, expiresAt } }),
    json,
  );
}

export async function revokeKey(id: string, { url, json }: Asked): Promise<void> {
  const key = await askServer<Key>({ url, path: `${PATH}/${encodeURIComponent(id)}`, method: 'DELETE' });
  console.log(json ? JSON.stringify(key, null, 2) : `${key.id} (${printable(key.name)}) is revoked.`);
}

export async function rotateKey(id: string, { url, json, grace }: RotateOptions): Promise<void> {
  const graceSeconds = grace === undefined ? 0 : Math.round(msOf('--grace', grace) / 1_000);
  const path = `${PATH}/${encodeURIComponent(id)}/rotate`;
  show(await askServer<MadeKey>({ url, path, method: 'POST', body: { graceSeconds } }), json);
}

function show(made: MadeKey, json = false): void {
  if (json) return console.log(JSON.stringify(made, null, 2));
  const { id, scope, tenant, name } = made.key;
  const whose = tenant === null ? 'all tenants' : `the tenant ${printable(tenant)}`;
  console.error(`${id}, ${printable(name)}: for ${scope}, ${whose}. This is the only time that the key is shown:`);
  console.log(made.secret);
}

function row({ id, shown, scope, tenant, agent, state, lastUsedAt, name }: Key): string[] {
  const whose = [tenant ?? 'all', ...(agent === null ? [] : [`agent ${agent}`])].join(', ');
  return [id, shown, scope, whose, state, lastUsedAt?.slice(0, 16) ?? 'never', name].map(printable);
}

/** Each as wide as its widest. */
export function columns(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map((cells) => cells[index]!.length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, index) => cell.padEnd(widths[index]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function msOf(option: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * units[unit!]!;
  throw bad(option, text, 'It is a length of time like 30m, 24h or 90d.');
}

function inFuture(option: string, text: string): string {
  const ms = /^\d{4}-/.test(text) ? Date.parse(text) : Date.now() + msOf(option, text);
  if (Number.isFinite(ms) && ms > Date.now()) return new Date(ms).toISOString();
  throw bad(option, text, 'It is a time to come, 2027-01-31, or a length of time from now like 90d.');
}

function bad(option: string, text: string, why: string): TallyError {
  return new TallyError('BAD_OPTION', { option, value: JSON.stringify(text), why, fix: 'Write it that way.' });
}
