import { type Facts, TallyError } from '@tallyspan/facts';
import type { TokenProvider } from '../credentials/exchange.ts';
import { runOperation } from '../operation.ts';
import { fields, list, number, text } from '../read.ts';
import { RECORDS_ITSELF } from '../records-itself.ts';
import { type Answer, Connection, type ConnectionOptions } from './connection.ts';
import { GivenTokens, type JwtLogin, LoginTokens, type Tokens } from './login.ts';

export interface VaultOptions {
  /** `https://vault.example.com:8200`. Default `VAULT_ADDR`, then `https://127.0.0.1:8200`. */
  address?: string;
  /** `jwt({ role, token })`, or a token of the vault. Default `VAULT_TOKEN`. */
  auth?: JwtLogin | TokenProvider;
  /** Where the KV version 2 engine is mounted. Default `secret`. */
  mount?: string;
  /** Of Vault Enterprise and OpenBao. Default `VAULT_NAMESPACE`. */
  namespace?: string;
  /** For one request with all its tries, in milliseconds. Default 10,000. */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

export interface ReadOptions {
  /** Default: the newest. */
  version?: number;
}

export interface PutOptions {
  /** Check and set: writes only when this is the newest version; 0 when there must be none yet. */
  cas?: number;
}

export interface VaultSecret {
  path: string;
  data: Record<string, unknown>;
  version: number;
  /** When this version was written. */
  createdAt: Date | undefined;
}

/** Secrets in a KV version 2 engine. Paths are without the mount and without `data/`: `llm/openai`. */
export interface VaultClient {
  /** The text of one field, `value` by default. Rejects with SECRET_NOT_FOUND when there is none. */
  get(path: string, options?: ReadOptions & { field?: string }): Promise<string>;
  /** All fields, with version and time. Rejects with SECRET_NOT_FOUND when there is none. */
  getSecret(path: string, options?: ReadOptions): Promise<VaultSecret>;
  /** Like `get`, with an answer for a secret or a field that is not there. Any other failure rejects: a vault that is down is no default. */
  getOrDefault(path: string, otherwise: string, options?: ReadOptions & { field?: string }): Promise<string>;
  /** Writes a new version: these fields and no others. A text is the field `value`. */
  put(
    path: string,
    data: string | Readonly<Record<string, unknown>>,
    options?: PutOptions,
  ): Promise<{ version: number }>;
  /** Deletes the newest version, or those named. They can be undeleted in the vault; `destroy` takes everything, for ever. */
  delete(path: string, options?: { versions?: readonly number[] } | { destroy: true }): Promise<void>;
  /** Names below a path; those that end in a slash have more below. Empty when there are none. */
  list(prefix?: string): Promise<string[]>;
  /** Whether there is a newest version that is not deleted. Asks for metadata only: the value is not read. */
  exists(path: string): Promise<boolean>;
}

/**
 * A client of HashiCorp Vault or OpenBao, KV version 2. Each call is one span (`vault_get`, `vault_put`, `vault_delete`, `vault_list`)
 * with the path and the version; the value is never recorded, whatever is on. A login is one `credential_exchange` span; its token
 * stays in this process and is renewed as long as it is used. Requests carry `traceparent` and the identity for the vault's audit log.
 * Busy answers are tried again within `timeoutMs`. Rejects with VAULT_REQUEST_FAILED and SECRET_NOT_FOUND, which quote no value; throws
 * BAD_OPTION at once for an address that is none.
 *
 * @example
 * const secrets = vault({ address: 'https://vault.example.com:8200', auth: jwt({ role: 'analyst', token: svid }) });
 * const openai = watch(new OpenAI({ apiKey: fromVault(secrets, 'llm/openai', { field: 'api_key' }) }));
 */
export function vault(options: VaultOptions = {}): VaultClient {
  return new KeyValueClient(options);
}

class KeyValueClient implements VaultClient {
  readonly [RECORDS_ITSELF] = true;
  readonly #connection: Connection;
  readonly #tokens: Tokens;
  readonly #mount: string;

  constructor({ address, auth, mount = 'secret', namespace, timeoutMs, fetch }: VaultOptions) {
    const { VAULT_ADDR, VAULT_NAMESPACE, VAULT_TOKEN } = process.env;
    const connection: ConnectionOptions = {
      address: address || VAULT_ADDR || 'https://127.0.0.1:8200',
      timeoutMs,
      fetch,
    };
    this.#connection = new Connection({ ...connection, namespace: namespace || VAULT_NAMESPACE });
    const given = auth ?? (VAULT_TOKEN || undefined);
    this.#tokens =
      typeof given === 'object' ? new LoginTokens(given, this.#connection) : new GivenTokens(given ?? noToken);
    this.#mount = encoded(mount);
  }

  async get(path: string, { field = 'value', version }: ReadOptions & { field?: string } = {}): Promise<string> {
    const { data } = await this.getSecret(path, { ...(version !== undefined && { version }) });
    const value = textIn(data, field);
    if (value === undefined) throw this.#notFound(`field ${field}`, path);
    return value;
  }

  getSecret(path: string, options: ReadOptions = {}): Promise<VaultSecret> {
    return this.#operate('vault_get', path, async (facts) => {
      const secret = await this.#read(path, options, facts);
      if (!secret) throw this.#notFound('secret', path);
      return secret;
    });
  }

  async getOrDefault(
    path: string,
    otherwise: string,
    { field = 'value', ...options }: ReadOptions & { field?: string } = {},
  ): Promise<string> {
    const secret = await this.#operate('vault_get', path, (facts) => this.#read(path, options, facts));
    return (secret && textIn(secret.data, field)) ?? otherwise;
  }

  put(
    path: string,
    data: string | Readonly<Record<string, unknown>>,
    { cas }: PutOptions = {},
  ): Promise<{ version: number }> {
    return this.#operate('vault_put', path, async (facts) => {
      const body = {
        ...(cas !== undefined && { options: { cas } }),
        data: typeof data === 'string' ? { value: data } : data,
      };
      const answer = await this.#send('write', path, (token) =>
        // Written twice, it would be two versions.
        this.#connection.send({
          ...this.#at('data', path),
          body,
          token,
          action: 'write',
          about: path,
          repeatable: false,
        }),
      );
      const version = number(fields(fields(answer.body).data).version);
      if (version === undefined) throw this.#connection.unusable('write', path, 'its answer has no version');
      facts.vaultVersion = version;
      return { version };
    });
  }

  delete(path: string, options: { versions?: readonly number[]; destroy?: boolean } = {}): Promise<void> {
    return this.#operate('vault_delete', path, async () => {
      const { versions } = options;
      await this.#send('delete', path, (token) =>
        this.#connection.send({
          ...this.#at(options.destroy ? 'metadata' : versions ? 'delete' : 'data', path),
          ...(versions ? { body: { versions } } : { method: 'DELETE' }),
          token,
          action: 'delete',
          about: path,
        }),
      );
    });
  }

  list(prefix = ''): Promise<string[]> {
    return this.#operate('vault_list', prefix, async () => {
      const below = encoded(prefix);
      const path = `${this.#mount}/metadata/${below}${below && '/'}?list=true`;
      const answer = await this.#send(
        'list',
        prefix,
        (token) => this.#connection.send({ path, method: 'GET', token, action: 'list', about: prefix }),
        true,
      );
      return list(fields(fields(answer.body).data).keys).filter((key) => typeof key === 'string');
    });
  }

  exists(path: string): Promise<boolean> {
    return this.#operate('vault_get', path, async (facts) => {
      const answer = await this.#send(
        'look for',
        path,
        (token) =>
          this.#connection.send({
            ...this.#at('metadata', path),
            method: 'GET',
            token,
            action: 'look for',
            about: path,
          }),
        true,
      );
      const { current_version, versions } = fields(fields(answer.body).data);
      if (answer.status === 404 || !number(current_version)) return false;
      facts.vaultVersion = current_version as number;
      const { deletion_time, destroyed } = fields(fields(versions)[String(current_version)]);
      return destroyed !== true && !isPast(deletion_time);
    });
  }

  /** Undefined for what is not there, or was deleted. */
  async #read(path: string, { version }: ReadOptions, facts: Facts): Promise<VaultSecret | undefined> {
    if (version !== undefined) facts.vaultVersion = version;
    const at = this.#at('data', path);
    const query = version === undefined ? '' : `?version=${encodeURIComponent(version)}`;
    const answer = await this.#send(
      'read',
      path,
      (token) => this.#connection.send({ path: at.path + query, method: 'GET', token, action: 'read', about: path }),
      true,
    );
    const { data, metadata } = fields(fields(answer.body).data);
    if (answer.status === 404 || data === null) return undefined;
    const read = number(fields(metadata).version);
    if (typeof data !== 'object' || read === undefined)
      throw this.#connection.unusable(
        'read',
        path,
        'its answer is none of KV version 2',
        'Check that the mount has version 2.',
      );
    facts.vaultVersion = read;
    const created = new Date(text(fields(metadata).created_time) ?? NaN);
    const createdAt = Number.isNaN(created.getTime()) ? undefined : created;
    return { path, data: data as Record<string, unknown>, version: read, createdAt };
  }

  /** With a token; once more with a new one where the vault says that it is no good. A 404 is an answer where `mayBeMissing`. */
  async #send(
    action: string,
    path: string,
    run: (token: string) => Promise<Answer>,
    mayBeMissing = false,
  ): Promise<Answer> {
    const token = await this.#tokens.get();
    let answer = await run(token);
    if (answer.status === 403 && this.#tokens.refused(token)) answer = await run(await this.#tokens.get());
    if (answer.status < 300 || (mayBeMissing && answer.status === 404)) return answer;
    throw this.#connection.refused(answer, action, path);
  }

  async #operate<Result>(operation: string, path: string, run: (facts: Facts) => Promise<Result>): Promise<Result> {
    const facts: Facts = { operation };
    if (path !== '') facts.vaultPath = path;
    return runOperation(facts, run, { secret: true });
  }

  #at(kind: 'data' | 'metadata' | 'delete', path: string): { path: string } {
    const below = encoded(path);
    if (below === '') throw badPath();
    return { path: `${this.#mount}/${kind}/${below}` };
  }

  #notFound(thing: string, path: string): TallyError {
    return Object.assign(new TallyError('SECRET_NOT_FOUND', { thing, path, address: this.#connection.host }), {
      status: 404,
    });
  }
}

const noToken: TokenProvider = () => {
  throw new TallyError('BAD_OPTION', {
    option: 'auth',
    value: 'missing',
    why: 'The vault gives secrets to nobody unknown.',
    fix: 'Give jwt({ role, token }) or a token, or set VAULT_TOKEN.',
  });
};

/** Each segment as it is, so that no name leads to another path. */
function encoded(path: string): string {
  const segments = path.split('/').filter(Boolean);
  if (segments.some((segment) => segment === '.' || segment === '..')) throw badPath();
  return segments.map(encodeURIComponent).join('/');
}

function badPath(): TallyError {
  return new TallyError('BAD_OPTION', {
    option: 'path',
    value: 'none of a secret',
    why: 'It is empty, or has "." or ".." in it.',
    fix: 'Give it like llm/openai.',
  });
}

function textIn(data: Record<string, unknown>, field: string): string | undefined {
  const value = Object.hasOwn(data, field) ? data[field] : undefined;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : text(value);
}

/** A version has the time of its deletion, which may lie ahead. */
function isPast(time: unknown): boolean {
  return typeof time === 'string' && time !== '' && Date.parse(time) <= Date.now();
}
