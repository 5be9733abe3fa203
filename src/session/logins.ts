import { identityOf } from "../config/identity.ts";
import type { ResolvedHost } from "../config/resolved_host.ts";
import { parseTarget, type Target } from "../config/target.ts";
import { InputError } from "../errors.ts";

/** A target as it was called and as it is reached. */
export interface Login {
  readonly host: ResolvedHost;
  /** Identity of the target without the password and key of the call. */
  readonly account: string;
  /** Name, user and port as the caller gave them, whatever ssh_config makes of them. */
  readonly called: string;
  readonly password: string | undefined;
  readonly keyFilename: string | undefined;
}

/**
 * Makes a login of a target.
 *
 * @throws What `resolve` throws.
 */
export async function loginTo(
  target: Target,
  resolve: (target: Target) => Promise<ResolvedHost>,
): Promise<Login> {
  const { alias, user, port, password, keyFilename } = parseTarget(target);
  const { password: _password, keyFilename: _key, ...bare } = target;
  const isBare = password === undefined && keyFilename === undefined;
  const host = await resolve(target);
  const account = identityOf(isBare ? host : await resolve(bare));
  return { host, account, called: JSON.stringify([alias, user, port]), password, keyFilename };
}

/** As many logins are remembered whether they led anywhere or not. */
const KEPT_UNUSED = 64;

/** Questions of {@link Logins} about a target with a given identity. */
export interface LoginUse {
  /** Whether its connection is open or being opened. */
  isConnected(host: ResolvedHost): boolean;
  /** Whether a session of it could be continued, if need be on a new connection. */
  hasSession(host: ResolvedHost): boolean;
}

/**
 * The logins in use, and which of them a call means.
 *
 * A call means the login with its own identity. A call that omits `password` or `key_filename`
 * can also mean a login of the same account that was given them: open connections come first,
 * then those that were lost. A call that gives another password or key never means it.
 */
export class Logins {
  readonly #logins = new Map<string, Login>();
  readonly #use: LoginUse;
  /** With as many logins it is looked which of them are of use: seldom, since that costs time. */
  #room = 2 * KEPT_UNUSED;

  constructor(use: LoginUse) {
    this.#use = use;
  }

  /**
   * The login in use that is meant, or else the one asked for, which is remembered.
   *
   * @throws {InputError} When several open connections would do.
   */
  find(asked: Login): Login {
    const inUse = this.#inUse((login) => fits(login, asked));
    const open = inUse.filter(({ host }) => this.#use.isConnected(host));
    const choice = open.length > 0 ? open : inUse;
    const isExact = choice.some(({ host }) => identityOf(host) === identityOf(asked.host));
    const [only, another] = choice;
    if (!isExact && another !== undefined && open.length > 0) throw ambiguous(asked);
    if (!isExact && another === undefined && only !== undefined) return only;
    if (this.#logins.size >= this.#room) this.#dropUnused();
    this.#logins.set(identityOf(asked.host), asked);
    return asked;
  }

  /** The settings of the newest call with this identity: a timeout may have been edited. */
  current(host: ResolvedHost): ResolvedHost {
    return this.#logins.get(identityOf(host))?.host ?? host;
  }

  /** All in use that a call without credentials could mean, those of former settings included. */
  all(asked: Login): readonly Login[] {
    return this.#inUse(({ account, called }) =>
      account === asked.account || called === asked.called
    );
  }

  /** Whether this name led elsewhere when a login that is still in use was made. */
  hasMoved(asked: Login): boolean {
    return this.#inUse(({ account, called }) =>
      called === asked.called && account !== asked.account
    ).length > 0;
  }

  /** Those that led nowhere, such as wrong passwords; the newest may be about to be used. */
  #dropUnused(): void {
    const used = new Set(this.#inUse(() => true));
    const old = [...this.#logins].slice(0, -KEPT_UNUSED);
    for (const [identity, login] of old) if (!used.has(login)) this.#logins.delete(identity);
    this.#room = 2 * (this.#logins.size + KEPT_UNUSED);
  }

  /** With a thousand hosts most logins are of another one, which costs less to see. */
  #inUse(isMeant: (login: Login) => boolean): readonly Login[] {
    return [...this.#logins.values()].filter((login) =>
      isMeant(login) && (this.#use.isConnected(login.host) || this.#use.hasSession(login.host))
    );
  }
}

function fits(login: Login, asked: Login): boolean {
  if (login.account !== asked.account) return false;
  if (identityOf(login.host) === identityOf(asked.host)) return true;
  return (asked.password === undefined || asked.password === login.password) &&
    (asked.keyFilename === undefined || asked.keyFilename === login.keyFilename);
}

function ambiguous({ host, password }: Login): InputError {
  const missing = password === undefined ? "password or key_filename" : "key_filename";
  return new InputError(
    `"${host.host}" is open with different credentials, so it is unclear which is meant`,
    `Pass ${missing} as in the call that opened it, or close_session(host="${host.host}")`,
  );
}
