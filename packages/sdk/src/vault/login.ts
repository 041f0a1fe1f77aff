import { fields, number, text } from '../read.ts';
import { addSubject, recordExchange, type TokenProvider, tokenOf } from '../credentials/exchange.ts';
import type { Answer, Connection } from './connection.ts';

/** How to log in with a JWT (auth method `jwt`): https://developer.hashicorp.com/vault/api-docs/auth/jwt#jwt-login. */
export interface JwtLogin {
  role: string;
  /** A JWT that the vault trusts, such as a JWT-SVID. Asked for at each login. */
  token: TokenProvider;
  /** Where the auth method is mounted. Default `jwt`. */
  mount?: string;
}

/**
 * Logs in with a JWT.
 *
 * @example
 * vault({ address, auth: jwt({ role: 'analyst', token: async () => (await identity.jwtSvid('vault')).token }) });
 */
export function jwt(login: JwtLogin): JwtLogin {
  return login;
}

/** The token of the vault, from a login or given. */
export interface Tokens {
  /** One that is valid, as far as can be known. */
  get(): Promise<string>;
  /** The vault refused it. Answers whether there may be another one now. */
  refused(token: string): boolean;
}

/** A refusal so soon after a login is no matter of the token. */
const YOUNG_MS = 10_000;

interface Lease {
  token: string;
  renewable: boolean;
  loggedInAt: number;
  /** On the monotonic clock. */
  renewAt: number;
  endsAt: number;
}

/** Tokens by login. They are renewed when two thirds of their lease are over, while the old one still serves; no timer waits for that. */
export class LoginTokens implements Tokens {
  readonly #login: JwtLogin;
  readonly #connection: Connection;
  #lease: Lease | undefined;
  #under: Promise<Lease> | undefined;

  constructor(login: JwtLogin, connection: Connection) {
    this.#login = login;
    this.#connection = connection;
  }

  async get(): Promise<string> {
    const now = performance.now();
    const lease = this.#lease;
    if (!lease || now >= lease.endsAt) return (await this.#once(() => this.#logIn())).token;
    if (now >= lease.renewAt) {
      // Nobody waits: what is there is still good.
      this.#once(() => (lease.renewable ? this.#renew(lease) : this.#logIn())).catch(() => {});
    }
    return lease.token;
  }

  refused(token: string): boolean {
    const lease = this.#lease;
    if (!lease || lease.token !== token) return lease !== undefined;
    if (performance.now() - lease.loggedInAt < YOUNG_MS) return false;
    this.#lease = undefined;
    return true;
  }

  #once(work: () => Promise<Lease>): Promise<Lease> {
    this.#under ??= work()
      .then((lease) => (this.#lease = lease))
      .finally(() => (this.#under = undefined));
    return this.#under;
  }

  #logIn(): Promise<Lease> {
    const { role, token, mount = 'jwt' } = this.#login;
    return recordExchange({ provider: 'vault', service: this.#connection.host }, async (facts) => {
      const proof = await tokenOf(token);
      addSubject(facts, proof);
      const path = `auth/${mount}/login`;
      const answer = await this.#connection.send({
        path,
        body: { role, jwt: proof },
        action: 'log in at',
        about: path,
      });
      if (answer.status !== 200) throw this.#connection.refused(answer, 'log in at', path);
      return this.#leaseOf(answer, performance.now(), path);
    });
  }

  async #renew(old: Lease): Promise<Lease> {
    const path = 'auth/token/renew-self';
    const answer = await this.#connection.send({ path, body: {}, token: old.token, action: 'renew at', about: path });
    // Its longest life is over: then only a new login helps.
    return answer.status === 200 ? this.#leaseOf(answer, old.loggedInAt, path) : this.#logIn();
  }

  #leaseOf(answer: Answer, loggedInAt: number, path: string): Lease {
    const { client_token, lease_duration, renewable } = fields(fields(answer.body).auth);
    const token = text(client_token);
    if (token === undefined) throw this.#connection.unusable('log in at', path, 'its answer has no token');
    // A root token has no end.
    const ms = (number(lease_duration) || Infinity) * 1000;
    const now = performance.now();
    return { token, renewable: renewable === true, loggedInAt, renewAt: now + (ms * 2) / 3, endsAt: now + ms };
  }
}

/** A token that was given, or is asked for each time. */
export class GivenTokens implements Tokens {
  readonly #token: TokenProvider;

  constructor(token: TokenProvider) {
    this.#token = token;
  }

  get(): Promise<string> {
    return tokenOf(this.#token);
  }

  refused(): boolean {
    return false;
  }
}
