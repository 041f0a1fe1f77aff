import { TallyError } from '@tallyspan/facts';
import { plainName } from './ddl.ts';

export interface Address {
  /** Where HTTP is spoken: `http://db.example:8123`, without user and password. */
  url: string;
  username?: string;
  password?: string;
  database: string;
}

const defaultDatabase = 'tallyspan';
const protocols: Record<string, { http: string; port: string }> = {
  'clickhouse:': { http: 'http:', port: '8123' },
  'http:': { http: 'http:', port: '8123' },
  'clickhouses:': { http: 'https:', port: '8443' },
  'https:': { http: 'https:', port: '8443' },
};
const fix = 'Write it like clickhouse://user:password@host:8123/database; clickhouses:// is the same over TLS.';

/** Reads `clickhouse://user:password@host:8123/database`. Throws BAD_OPTION, without the password. */
export function readAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url && protocols[url.protocol];
  if (!url || !protocol) throw bad(JSON.stringify(text.replace(/^.*@/s, '…@')), 'It is no address of a ClickHouse.');
  const port = url.port || protocol.port;
  const address = `${protocol.http}//${url.hostname}:${port}`;
  const database = decodeURIComponent(url.pathname.slice(1)) || defaultDatabase;
  if (url.hostname === '' || url.search !== '' || url.hash !== '')
    throw bad(address, 'It takes a host and a database, nothing else.');
  checkName('--clickhouse', database, 'database');
  return {
    url: address,
    database,
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
  };
}

/** Throws BAD_OPTION for a name that could not stand in a statement as it is. */
export function checkName(option: string, name: string, of: string): void {
  if (plainName.test(name)) return;
  throw new TallyError('BAD_OPTION', {
    option,
    value: JSON.stringify(name),
    why: `The name of a ${of} has letters, digits, _ and -, begins with a letter, and has no more than 63.`,
    fix: `Choose such a name for the ${of}.`,
  });
}

function bad(value: string, why: string): TallyError {
  return new TallyError('BAD_OPTION', { option: '--clickhouse', value, why, fix });
}
