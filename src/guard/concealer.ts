import { readOverrides } from "../config/overrides.ts";
import type { HiddenValue } from "../config/resolved_host.ts";
import { parseTarget } from "../config/target.ts";
import { InputError } from "../errors.ts";
import { Redactor } from "../jobs/redactor.ts";
import { asHidden, Secrets } from "../jobs/secrets.ts";

const OVERRIDE = /^OVRD_(.+?)_(?:HOST|PORT|USER|KEY|PASS|SUDO_PASS|ENABLE_PASS)$/;

/** Looking for more would take noticeable time and memory; forgetting one would show it. */
const SECRETS_LIMIT = 10_000;
const SECRETS_LIMIT_CHARS = 512 * 1024;
/** Of secrets by host; each takes about a kilobyte. */
const KEPT_LIMIT = 50_000;
/** Shorter ones are hidden only where text of their own host is shown. */
const ANY_HOST_FROM_CHARS = 6;

/** The redactors of one host. */
interface HostSecrets {
  /** In text that came from the host. */
  readonly remote: Secrets;
  /** In sentences of ours that may quote the host: all but words that we use ourselves. */
  readonly quoted: Secrets;
  /** In a file's content, which stays exact but for what the operator hides. */
  readonly operators: Secrets;
  /** Secrets that callers gave. */
  readonly given: Set<string>;
}

/**
 * The one door that all text passes before a caller or the log sees it.
 *
 * It knows what the operator's overrides hide and every secret that callers gave, by the name of the
 * host as they call it. A secret is known from the call that brings it for as long as this server
 * runs, so text that was kept before that is hidden as well.
 */
export class Concealer {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #vocabulary: string;
  readonly #everywhere: readonly HiddenValue[];
  readonly #hosts = new Map<string, HostSecrets>();
  /** In what is not of one host, such as lists. */
  readonly #anyHost: Secrets;
  readonly #distinct = new Set<string>();
  /** Of all hosts together. */
  #kept = 0;
  #chars = 0;

  /** `vocabulary`: text of ours; a secret that is part of it is not hidden in our own sentences. */
  constructor(environment: Readonly<Record<string, string>>, vocabulary = "") {
    this.#environment = environment;
    this.#vocabulary = vocabulary;
    this.#everywhere = hiddenEverywhere(environment);
    this.#anyHost = new Secrets(this.#everywhere);
  }

  /**
   * Hides a caller's secret from now on; the call that brings it must not go on otherwise.
   *
   * @throws {InputError} Where too many are known already.
   */
  learn(host: string, secret: string): void {
    const known = this.#of(aliasOf(host));
    if (secret === "" || known.given.has(secret)) return;
    this.#makeRoom(secret);
    known.given.add(secret);
    known.remote.add(secret);
    for (const value of asHidden(secret)) {
      if (this.#vocabulary.includes(value.value)) continue;
      known.quoted.hide([value]);
      const isTelling = value.value.length >= ANY_HOST_FROM_CHARS && !/^\d+$/.test(value.value);
      if (isTelling) this.#anyHost.hide([value]);
    }
  }

  /** Hides a secret of the operator from now on, in the content of files too. */
  learnOperators(host: string, secret: string): void {
    this.learn(host, secret);
    this.#of(aliasOf(host)).operators.add(secret);
  }

  /** For text of a host; `hidden`: further values of it, such as its jump hosts'. */
  redactor(host: string, hidden: readonly HiddenValue[] = []): Redactor {
    const { remote, quoted } = this.#of(aliasOf(host));
    remote.hide(hidden);
    quoted.hide(hidden);
    return new Redactor(remote);
  }

  /** For the content of a host's files: hides only the values of the operator's overrides. */
  fileRedactor(host: string, hidden: readonly HiddenValue[]): Redactor {
    const { operators } = this.#of(aliasOf(host));
    operators.hide(hidden);
    return new Redactor(operators);
  }

  /** A sentence of ours that may quote a host, or anything of unknown origin. */
  conceal(text: string, host: string | undefined): string {
    if (this.#hidesNothing && host === undefined) return text;
    const own = host === undefined
      ? text
      : new Redactor(this.#known(aliasOf(host)).quoted).apply(text);
    return new Redactor(this.#anyHost).apply(own);
  }

  /** Any data with all its strings concealed; keys are ours. */
  concealAll<T>(data: T, host: string | undefined): T {
    if (this.#hidesNothing && host === undefined) return data;
    if (typeof data === "string") return this.conceal(data, host) as T;
    if (Array.isArray(data)) return data.map((item) => this.concealAll(item, host)) as T;
    if (typeof data !== "object" || data === null) return data;
    const entries = Object.entries(data).map(([key, value]) => [key, this.concealAll(value, host)]);
    return Object.fromEntries(entries) as T;
  }

  get #hidesNothing(): boolean {
    return this.#anyHost.prepared === undefined;
  }

  /** A password for a thousand hosts is one secret to look for, and a thousand to keep. */
  #makeRoom(secret: string): void {
    const isNew = !this.#distinct.has(secret);
    const chars = this.#chars + (isNew ? secret.length : 0);
    const isFull = this.#distinct.size + (isNew ? 1 : 0) > SECRETS_LIMIT ||
      chars > SECRETS_LIMIT_CHARS || this.#kept >= KEPT_LIMIT;
    if (isFull) throw tooMany();
    this.#distinct.add(secret);
    this.#chars = chars;
    this.#kept++;
  }

  #of(alias: string): HostSecrets {
    const known = this.#known(alias);
    this.#hosts.set(alias, known);
    return known;
  }

  /** Without keeping it: callers may name hosts without end. */
  #known(alias: string): HostSecrets {
    const known = this.#hosts.get(alias);
    if (known !== undefined) return known;
    const hidden = [...overriddenOf(alias, this.#environment), ...this.#everywhere];
    return {
      remote: new Secrets(hidden),
      quoted: new Secrets(hidden),
      operators: new Secrets(hidden),
      given: new Set<string>(),
    };
  }
}

/** Of every overridden host its address and secrets; user and port may be ordinary words elsewhere. */
function hiddenEverywhere(environment: Readonly<Record<string, string>>): readonly HiddenValue[] {
  const aliases = new Set(Object.keys(environment).map((name) => OVERRIDE.exec(name)?.[1]));
  return [...aliases].flatMap((alias) => {
    if (alias === undefined) return [];
    const address = environment[`OVRD_${alias}_HOST`] ?? "";
    return overriddenOf(alias, environment)
      .filter(({ kind, value }) => kind === "secret" || address.includes(value));
  });
}

function overriddenOf(
  alias: string,
  environment: Readonly<Record<string, string>>,
): readonly HiddenValue[] {
  try {
    return readOverrides(alias, environment).hidden;
  } catch {
    return []; // A port that is none is reported when the host is used.
  }
}

function aliasOf(host: string): string {
  try {
    return parseTarget({ host }).alias;
  } catch {
    return host;
  }
}

function tooMany(): InputError {
  return new InputError(
    `This server holds ${SECRETS_LIMIT} secrets or ${SECRETS_LIMIT_CHARS} characters of them, as ` +
      "many as it can keep from being shown",
    "Restart the server; nothing was typed",
  );
}
