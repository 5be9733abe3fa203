import type { ResolvedHost } from "../../config/resolved_host.ts";
import { AuthenticationError, ConnectError } from "../../errors.ts";
import { quoteRemote } from "../remote_text.ts";

/** The result of a login. */
export interface FailedLogin {
  /** Methods that the server would still take. */
  readonly allowed: readonly string[];
  /** Methods that it took. */
  readonly accepted: readonly string[];
  /** Sentences, one for each try and each thing passed over. */
  readonly tried: readonly string[];
  /** Advice about an agent that this program may not use. */
  readonly agentAdvice: string | undefined;
}

/** All methods are spent. */
export function refusedError(resolved: ResolvedHost, login: FailedLogin): AuthenticationError {
  const soFar = login.accepted.length === 0 ? "" : ` after ${login.accepted.join(", ")}`;
  const seen = [
    `Cannot log in to "${resolved.host}": the server accepts ${listOf(login.allowed)}${soFar}`,
    ...unwanted(resolved, login.allowed),
    ...(login.tried.length === 0 ? ["no key or password was available"] : unique(login.tried)),
    ...unavailable(resolved, login.allowed),
  ];
  return new AuthenticationError(seen.join("; "), advice(resolved, login));
}

/** The server hung up in the middle of a login, as it does after MaxAuthTries. */
export function endedLoginError(
  error: unknown,
  resolved: ResolvedHost,
  tried: readonly string[],
): unknown {
  const cause = error instanceof ConnectError ? error.cause : undefined;
  const { code, message } = (cause ?? {}) as { readonly code?: number; readonly message?: string };
  const refused = code === noMoreMethods ||
    (code === protocolError && /authent/i.test(message ?? ""));
  if (!refused) return error;
  return new AuthenticationError(
    [`Cannot log in to "${resolved.host}": it hung up with ${quoteRemote(message ?? "")}`, ...tried]
      .join("; "),
    "Name the right key with key_filename or IdentityFile, and set IdentitiesOnly yes, so that " +
      "no other is offered before it",
    { cause: error },
  );
}

/** SSH_DISCONNECT_PROTOCOL_ERROR, which OpenSSH uses, and _NO_MORE_AUTH_METHODS_AVAILABLE. */
const protocolError = 2;
const noMoreMethods = 14;

function listOf(methods: readonly string[]): string {
  return methods.length === 0 ? "no method" : methods.map((name) => name.slice(0, 40)).join(", ");
}

function unwanted(resolved: ResolvedHost, allowed: readonly string[]): readonly string[] {
  const { preferredAuthentications: ours } = resolved;
  if (allowed.some((method) => ours.includes(method))) return [];
  return [`ssh_config allows only ${ours.length === 0 ? "what this program lacks" : listOf(ours)}`];
}

/** Settings that ssh would log in with, of those methods that the server accepts. */
function unavailable(resolved: ResolvedHost, allowed: readonly string[]): readonly string[] {
  return resolved.unavailable
    .filter(({ stage, keyword }) => stage === "login" && isWanted(keyword, allowed))
    .map(({ text }) => text);
}

function isWanted(keyword: string, allowed: readonly string[]): boolean {
  switch (keyword) {
    case "gssapiauthentication":
      return allowed.some((method) => method.startsWith("gssapi"));
    case "hostbasedauthentication":
      return allowed.includes("hostbased");
    case "pkcs11provider":
    case "securitykeyprovider":
      return allowed.includes("publickey");
  }
  return true;
}

function unique(sentences: readonly string[]): readonly string[] {
  return [...new Set(sentences)];
}

function advice(resolved: ResolvedHost, { allowed, tried, agentAdvice }: FailedLogin): string {
  const byPassword = allowed.includes("password") || allowed.includes("keyboard-interactive");
  if (agentAdvice !== undefined) return agentAdvice;
  if (tried.some((sentence) => sentence.includes("is encrypted"))) {
    return "Pass the key's passphrase as password, or load the key into an agent";
  }
  if (byPassword && resolved.password === undefined) return "Pass password, or key_filename";
  return `Check the user name, the key and the password; "ssh -v ${resolved.host}" shows what works`;
}
