import { HostKeyError } from "../../errors.ts";
import { fingerprintSha256, type KnownHostEntry } from "./known_hosts.ts";

/** The key that was shown, and by whom. */
export interface HostKeyProblem {
  readonly host: string;
  readonly type: string;
  readonly fingerprint: string;
}

/** Another key of the host is on file: the refusal that nothing overrides. */
export function changedHostKeyError(problem: HostKeyProblem, entry: KnownHostEntry): HostKeyError {
  const onFile = `${entry.keyType} ${fingerprintSha256(entry.key)}`;
  const advice = entry.line === 0
    ? "If the host was reinstalled, restart this server to forget the accepted key"
    : `If the host was reinstalled, delete line ${entry.line} of ${entry.file} and log in once ` +
      `with "ssh ${problem.host}"`;
  return new HostKeyError(
    `The host key of "${problem.host}" has changed: it shows ${problem.type} ` +
      `${problem.fingerprint}, but ${where(entry)} has ${onFile}`,
    `${advice}; otherwise somebody may stand in between, so check with its administrator`,
  );
}

/** The shown key is marked `@revoked` (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export function revokedHostKeyError(problem: HostKeyProblem, entry: KnownHostEntry): HostKeyError {
  return new HostKeyError(
    `The host key of "${problem.host}" is revoked: ${problem.type} ${problem.fingerprint} ` +
      `is marked @revoked in ${where(entry)}`,
    "Do not connect: whoever shows this key may have stolen it; ask the host's administrator",
  );
}

/** Nothing about the host is on file. */
export function unknownHostKeyError(
  problem: HostKeyProblem,
  facts: UnknownHostFacts,
): HostKeyError {
  const { host, type, fingerprint } = problem;
  const notes = [
    ...facts.unreadable.map((file) => `${file} cannot be read`),
    ...(facts.certificateFault === undefined
      ? facts.authorities.map((entry) =>
        `the @cert-authority line at ${where(entry)} needs a host certificate, and the server ` +
        "has none"
      )
      : [`its certificate does not vouch for it: ${facts.certificateFault}`]),
  ];
  return new HostKeyError(
    [`The host key of "${host}" is unknown: ${type} ${fingerprint}`, ...notes].join("; "),
    `Compare the fingerprint with the host's administrator, then log in once with "ssh ${host}" ` +
      `(or add ssh-keyscan's line to ${facts.files[0] ?? "known_hosts"}), or set ` +
      `"StrictHostKeyChecking accept-new" for it in ssh_config`,
  );
}

/** Why an unknown key stayed unknown. */
export interface UnknownHostFacts {
  readonly authorities: readonly KnownHostEntry[];
  /** What is wrong with the certificate, where the server showed one. */
  readonly certificateFault: string | undefined;
  /** Where the user's own keys are kept, the first to write to. */
  readonly files: readonly string[];
  readonly unreadable: readonly string[];
}

function where(entry: KnownHostEntry): string {
  return entry.line === 0 ? `what was ${entry.file}` : `${entry.file}:${entry.line}`;
}
