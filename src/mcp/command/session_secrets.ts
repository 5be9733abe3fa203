import type { HiddenValue } from "../../config/resolved_host.ts";
import { Redactor } from "../../jobs/redactor.ts";

/** Shorter ones would hide ordinary words in all that a session prints from then on. */
const REMEMBERED_FROM_CHARS = 6;
const KEPT_PER_SESSION = 20;

/**
 * Secrets that callers typed into a session, so that a later command cannot print them.
 *
 * They are kept in memory for as long as this server runs, and nowhere else.
 */
export class SessionSecrets {
  readonly #secrets = new Map<string, Set<string>>();

  remember(sessionKey: string, secret: string): void {
    if (secret.length < REMEMBERED_FROM_CHARS) return;
    const secrets = this.#secrets.get(sessionKey) ?? new Set();
    this.#secrets.set(sessionKey, secrets);
    secrets.add(secret);
    if (secrets.size > KEPT_PER_SESSION) secrets.delete(secrets.keys().next().value!);
  }

  /** Hides what an override hides, and the session's secrets so far. */
  redactor(hidden: readonly HiddenValue[], sessionKey: string): Redactor {
    const redactor = new Redactor(hidden);
    for (const secret of this.#secrets.get(sessionKey) ?? []) redactor.addSecret(secret);
    return redactor;
  }
}
