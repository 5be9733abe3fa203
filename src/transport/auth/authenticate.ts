import type { ResolvedHost } from "../../config/resolved_host.ts";
import { AuthenticationError } from "../../errors.ts";
import type { AuthOptions } from "./auth_options.ts";
import { endedLoginError, refusedError } from "./auth_errors.ts";
import { type Candidate, collectIdentities, type Identities } from "./identities.ts";
import { answerQuestions } from "./keyboard_interactive.ts";
import { offerKey } from "./publickey.ts";
import type { AuthReply, UserAuth } from "./userauth.ts";

/**
 * Logs in by the methods that both sides want, in the order of PreferredAuthentications
 * (RFC 4252 §5); several in sequence where the server asks for them.
 *
 * Resolves with the accepted methods, joined by commas as sshd_config(5) does.
 *
 * @throws {AuthenticationError} With what the server takes and what became of each try.
 */
export function authenticate(
  auth: UserAuth,
  resolved: ResolvedHost,
  options: AuthOptions,
): Promise<string> {
  return new Login(auth, resolved, options).run();
}

/** Steps of one login; a server that wants ever one more must not keep a caller for ever. */
const STEPS = 10;

/** One login: what was tried, and what the server still wants. */
class Login {
  readonly #auth: UserAuth;
  readonly #resolved: ResolvedHost;
  readonly #options: AuthOptions;
  readonly #accepted: string[] = [];
  /** Sentences, one for each try. */
  readonly #tried: string[] = [];
  readonly #spent = new Set<string>();
  #identities: Identities | undefined;
  #allowed: readonly string[] = [];
  #passwordRefused = false;
  /** The key file that the password decrypts. */
  #unlockedKey: Promise<string | undefined> | undefined;
  /** Why the password is not sent. */
  #withheld: string | undefined;

  constructor(auth: UserAuth, resolved: ResolvedHost, options: AuthOptions) {
    this.#auth = auth;
    this.#resolved = resolved;
    this.#options = options;
  }

  async run(): Promise<string> {
    try {
      await this.#auth.ready;
      const first = await this.#auth.request("none", this.#auth.body("none"));
      if (first.kind === "success") return "none";
      this.#learn(first);
      return await this.#tryMethods();
    } catch (error) {
      throw endedLoginError(error, this.#resolved, this.#tried);
    }
  }

  async #tryMethods(): Promise<string> {
    for (;;) {
      const method = this.#nextMethod();
      if (method === undefined) throw this.#refusal();
      const outcome = await this.#try(method);
      if (outcome === "refused") continue;
      this.#accepted.push(method);
      if (outcome === "accepted") return this.#accepted.join(",");
      if (this.#accepted.length >= STEPS) throw endlessError(this.#resolved);
      // The same method may be asked for twice, as in "publickey,publickey".
      this.#spent.clear();
    }
  }

  #nextMethod(): string | undefined {
    return this.#resolved.preferredAuthentications.find((method) =>
      this.#allowed.includes(method) && !this.#spent.has(method)
    );
  }

  /** One method to its end: refused, accepted, or accepted with more to come. */
  async #try(method: string): Promise<Outcome> {
    switch (method) {
      case "publickey":
        return await this.#tryKeys();
      case "password":
        this.#spent.add(method);
        return await this.#tryPassword();
      case "keyboard-interactive":
        this.#spent.add(method);
        return await this.#tryQuestions();
    }
    this.#spent.add(method);
    return "refused";
  }

  async #tryKeys(): Promise<Outcome> {
    this.#identities ??= await this.#auth.whileAsking(() =>
      collectIdentities(this.#resolved, this.#options)
    );
    for (const candidate of this.#identities.candidates) {
      const id = `publickey ${candidate.label}`;
      if (this.#used.has(id)) continue;
      this.#used.add(id);
      const offer = await offerKey(this.#auth, this.#resolved, candidate);
      if (offer.kind === "passed-over") {
        this.#tried.push(`${candidate.label} is ${offer.reason}`);
        continue;
      }
      const outcome = this.#learn(offer.reply);
      if (outcome !== "refused") return outcome;
      this.#tried.push(`${candidate.label} was refused${this.#validityNote(candidate)}`);
      if (!this.#allowed.includes("publickey")) break;
    }
    this.#spent.add("publickey");
    return "refused";
  }

  #validityNote({ certificate }: Candidate): string {
    if (certificate === undefined) return "";
    const now = BigInt(Math.floor(this.#options.clock.now() / 1000));
    if (now >= certificate.validBefore) return " (it has expired)";
    return now < certificate.validAfter ? " (it is not valid yet)" : "";
  }

  /** Keys that were offered once are not offered again, not even after a partial success. */
  readonly #used = new Set<string>();

  async #tryPassword(): Promise<Outcome> {
    const password = await this.#accountPassword();
    if (password === undefined) return this.#note("no password was given for the account");
    if (this.#passwordRefused) return "refused";
    const body = this.#auth.body("password", { boolean: false }, password);
    const reply = await this.#auth.request("password", body);
    if (reply.kind === "password-expired") throw this.#expiredError();
    const outcome = this.#learn(reply);
    return outcome === "refused" ? this.#refusePassword() : outcome;
  }

  async #tryQuestions(): Promise<Outcome> {
    const askUser = this.#resolved.asksPerson ? this.#options.askUser : undefined;
    if (this.#passwordRefused) return "refused";
    const password = await this.#accountPassword();
    const withheld = password === undefined ? this.#withheld : undefined;
    const account = { resolved: this.#resolved, password, withheld };
    const { reply, usedPassword } = await answerQuestions(this.#auth, account, askUser);
    const outcome = this.#learn(reply);
    if (outcome !== "refused") return outcome;
    return usedPassword ? this.#refusePassword() : this.#note("keyboard-interactive was refused");
  }

  /** The password, unless it is the passphrase of a key: that is nothing to show to a server. */
  async #accountPassword(): Promise<string | undefined> {
    const { password, identityFiles } = this.#resolved;
    if (password === undefined) return undefined;
    this.#unlockedKey ??= this.#auth.whileAsking(() =>
      findUnlocked(identityFiles, password, this.#options)
    );
    const path = await this.#unlockedKey;
    if (path === undefined) return password;
    this.#withheld = `the password given is the passphrase of ${path}, so it was not sent as one`;
    this.#note(this.#withheld);
    return undefined;
  }

  /** The same password by another method would only count as one more failed login. */
  #refusePassword(): "refused" {
    this.#passwordRefused = true;
    return this.#note("the password was refused");
  }

  #note(sentence: string): "refused" {
    this.#tried.push(sentence);
    return "refused";
  }

  #learn(reply: AuthReply): Outcome {
    if (reply.kind === "success") return "accepted";
    if (reply.kind !== "failure") return "refused";
    this.#allowed = reply.methods;
    return reply.partial ? "partly" : "refused";
  }

  #expiredError(): AuthenticationError {
    const { host } = this.#resolved;
    return new AuthenticationError(
      `The password for "${host}" has expired`,
      `Log in once with "ssh ${host}" and change it`,
    );
  }

  #refusal(): AuthenticationError {
    return refusedError(this.#resolved, {
      allowed: this.#allowed,
      accepted: this.#accepted,
      tried: [...this.#tried, ...(this.#identities?.notes ?? [])],
      agentAdvice: this.#identities?.advice,
    });
  }
}

/**
 * The first identity file that the password decrypts: of those that were named, and of the default
 * ones that were decrypted before.
 */
async function findUnlocked(
  files: ResolvedHost["identityFiles"],
  password: string,
  { keys }: AuthOptions,
): Promise<string | undefined> {
  for (const { path, named } of files) {
    if (!named && !keys.hasUnlocked(path, password)) continue;
    const file = await keys.read(path);
    if (file.kind !== "locked") continue;
    if (await keys.unlock(path, file, password) !== undefined) return path;
  }
  return undefined;
}

function endlessError({ host }: ResolvedHost): AuthenticationError {
  return new AuthenticationError(
    `"${host}" accepted ${STEPS} steps of the login and asks on and on for more`,
    `Log in once with "ssh ${host}" to see what it wants`,
  );
}

type Outcome = "refused" | "accepted" | "partly";
