import type { ResolvedHost } from "../config/resolved_host.ts";
import { ConnectError, SshError } from "../errors.ts";
import { BoundError } from "./bound_error.ts";
import { UnofferableError } from "./offered_algorithms.ts";
import { quoteRemote } from "./remote_text.ts";

/** How far an attempt came. */
export type ConnectPhase = "tcp" | "ident" | "key-exchange" | "authentication";

/** The facts of an attempt that failed. */
export interface FailedAttempt {
  readonly resolved: ResolvedHost;
  readonly phase: ConnectPhase;
  /** Text that the far end sent before or in place of its identification string. */
  readonly greeting: string;
  /** Algorithms that the server offered, by ssh_config keyword. */
  readonly offered: ReadonlyMap<string, string>;
}

/** The error of a TCP connection that did not come about. */
export function socketError(resolved: ResolvedHost, error: unknown): SshError {
  if (error instanceof SshError) return error;
  const code = codeOf(error);
  const [seen, advice] = socketFact(resolved, code);
  return new ConnectError(`Cannot connect to ${nameOf(resolved)}: ${seen}`, advice, {
    cause: error,
    isUnknownName: UNKNOWN_NAME.includes(code),
  });
}

const UNKNOWN_NAME: readonly string[] = ["ENOTFOUND", "EAI_NONAME", "EAI_NODATA"];

/** The error of an attempt that overran its time. */
export function timeoutError(
  resolved: ResolvedHost,
  phase: ConnectPhase,
  limitMs: number,
): SshError {
  const seconds = `${limitMs / 1000} s`;
  const seen = {
    "tcp": `no answer within ${seconds}`,
    "ident": `it took the TCP connection but sent no SSH identification within ${seconds}`,
    "key-exchange": `it did not finish the key exchange within ${seconds}`,
    "authentication": `it did not answer the login within ${seconds}`,
  }[phase];
  return new ConnectError(
    `Cannot connect to ${nameOf(resolved)}: ${seen}`,
    "Check that the host is up and no firewall drops the packets; ConnectTimeout in ssh_config " +
      "sets the limit",
  );
}

/** The error of an attempt that ended after the TCP connection stood. */
export function handshakeError(attempt: FailedAttempt, error: Error | undefined): SshError {
  if (error instanceof SshError) return error;
  const [seen, advice] = handshakeFact(attempt, error);
  return new ConnectError(`Cannot connect to ${nameOf(attempt.resolved)}: ${seen}`, advice, {
    cause: error,
  });
}

/** ssh_config asks for algorithms that this program has not. */
export function unofferableError(resolved: ResolvedHost, error: UnofferableError): SshError {
  return new ConnectError(
    `Cannot connect to ${nameOf(resolved)}: ${error.message}`,
    `Allow one of these in ${error.keyword} of ssh_config`,
    { cause: error },
  );
}

/** The alias, with the address where it is not hidden and says more. */
function nameOf(resolved: ResolvedHost): string {
  const { host, hostname, port } = resolved;
  const hidden = resolved.hidden.some(({ value }) => value === hostname || value === `${port}`);
  return hidden ? `"${host}"` : `"${host}" (${hostname} port ${port})`;
}

function codeOf(error: unknown): string {
  const { code, name, errors } = error as {
    readonly code?: string;
    readonly name?: string;
    readonly errors?: readonly unknown[];
  };
  if (name === "NotCapable") return "EPERM";
  return code ?? (errors?.length ? codeOf(errors.at(-1)) : "");
}

function socketFact(resolved: ResolvedHost, code: string): readonly [string, string] {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_NONAME":
    case "EAI_NODATA":
      return [
        "its name does not resolve",
        `Check the name, or HostName in ssh_config${only(resolved)}`,
      ];
    case "EAI_AGAIN":
      return ["the name service does not answer", "Try again, or use an IP address"];
    case "ECONNREFUSED":
      return [
        "connection refused, nothing listens there",
        "Check that sshd runs there, and the port",
      ];
    case "ETIMEDOUT":
      return ["no answer", "Check that the host is up and no firewall drops the packets"];
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return ["no route to it", "Check the network, the VPN, or whether it needs a ProxyJump"];
    case "ECONNRESET":
      return ["it reset the connection", "Check that sshd runs there and lets this machine in"];
    case "EPERM":
      return ["this program may not reach it", "Start it with --allow-net that covers the host"];
    case "EADDRNOTAVAIL":
    case "EINVAL":
      return resolved.bindAddress === undefined
        ? ["the address cannot be used", "Check HostName in ssh_config"]
        : [`BindAddress ${resolved.bindAddress} is not this machine's`, "Correct it in ssh_config"];
    default:
      return [
        `the system says ${code || "nothing more"}`,
        "Check the host, the port and the network",
      ];
  }
}

function only({ addressFamily }: ResolvedHost): string {
  return addressFamily === "any" ? "" : `; AddressFamily ${addressFamily} leaves the others out`;
}

function handshakeFact(
  attempt: FailedAttempt,
  error: Error | undefined,
): readonly [string, string] {
  const kind = mismatchOf(error);
  if (kind !== undefined) return mismatchFact(attempt, kind);
  if (error instanceof BoundError) return [`${error.message}, and was cut off`, BOUND_ADVICE];
  if (attempt.phase === "ident") return identFact(attempt);
  const where = attempt.phase === "authentication" ? "during the login" : "during the key exchange";
  const word = error === undefined
    ? "it closed the connection"
    : `it ended with ${quoteRemote(error.message)}`;
  return [`${word} ${where}`, "Try again; if it stays, look into the server's log"];
}

/** For whom a bound was broken. */
const BOUND_ADVICE = "The host sends more than it may; check what runs there before you use it";

/** Keyword of ssh_config for ssh2's words. */
const keywordOf: Readonly<Record<string, string>> = {
  "key exchange algorithm": "KexAlgorithms",
  "host key format": "HostKeyAlgorithms",
  "C->S cipher": "Ciphers",
  "S->C cipher": "Ciphers",
  "C->S MAC": "MACs",
  "S->C MAC": "MACs",
  "C->S compression": "Compression",
  "S->C compression": "Compression",
};

function mismatchOf(error: Error | undefined): string | undefined {
  const what = /^Handshake failed: no matching (.*)$/.exec(error?.message ?? "")?.[1];
  return what === undefined ? undefined : keywordOf[what];
}

function mismatchFact(attempt: FailedAttempt, keyword: string): readonly [string, string] {
  const theirs = attempt.offered.get(keyword) ?? "nothing";
  const ours = attempt.offered.get(`our ${keyword}`) ?? "nothing";
  return [
    `no ${keyword} in common: it offers ${quoteList(theirs)}, this program ${ours}`,
    `If you trust an old algorithm there, allow it in ssh_config: "${keyword} +name" ` +
    "(this program has diffie-hellman-group14-sha1, diffie-hellman-group1-sha1, ssh-rsa, " +
    "ssh-dss, aes128-cbc and 3des-cbc for that)",
  ];
}

function quoteList(names: string): string {
  return names.replace(/[^\x21-\x7e]+/g, "?").slice(0, 400);
}

function identFact({ greeting }: FailedAttempt): readonly [string, string] {
  const said = greeting.trim() === "" ? "" : `; it said ${quoteRemote(greeting)}`;
  if (/MaxStartups/i.test(greeting)) {
    return [`it has too many logins under way${said}`, "Try again in a moment"];
  }
  return said === ""
    ? [
      "it closed the connection before it identified itself as SSH",
      "Check that sshd lets this machine in",
    ]
    : [`it does not speak SSH${said}`, "Check the port"];
}
