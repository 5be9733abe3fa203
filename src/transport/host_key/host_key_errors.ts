import type { UnavailableSetting } from "../../config/resolved_host.ts";
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
    ? "If the host was reinstalled, restart this server to forget the key it showed before"
    : `If the host was reinstalled, delete line ${entry.line} of ${entry.file} and log in once ` +
      `with "ssh ${problem.host}"`;
  return new HostKeyError(
    `The host key of "${problem.host}" has changed: it shows ${problem.type} ` +
      `${problem.fingerprint}, but ${placeOf(entry)} has ${onFile}`,
    `${advice}; otherwise somebody may stand in between, so check with its administrator`,
  );
}

/** The key, or the authority that certifies it, is revoked (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export function revokedHostKeyError(
  problem: HostKeyProblem,
  place: string,
  which = "it",
): HostKeyError {
  return new HostKeyError(
    `The host key of "${problem.host}" is revoked: ${problem.type} ${problem.fingerprint}; ` +
      `${which} is revoked in ${place}`,
    "Do not connect: whoever shows this key may have stolen it; ask the host's administrator",
  );
}

/** An RSA key shorter than RequiredRSASize of ssh_config(5). */
export function shortHostKeyError(
  { host, fingerprint }: HostKeyProblem,
  { bits, requiredRsaBits }: { readonly bits: number; readonly requiredRsaBits: number },
): HostKeyError {
  return new HostKeyError(
    `The host key of "${host}" is too short: ssh-rsa ${fingerprint} has ${bits} bits, and ` +
      `RequiredRSASize is ${requiredRsaBits}`,
    "Have its administrator give the host a new key, such as one of ssh-keygen -t ed25519",
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
    ...facts.unavailable.map(({ text }) => text),
    ...(facts.certificateFault === undefined
      ? facts.authorities.map((entry) =>
        `the @cert-authority line at ${placeOf(entry)} needs a host certificate, and the server ` +
        "has none"
      )
      : [`its certificate does not vouch for it: ${facts.certificateFault}`]),
  ];
  return new HostKeyError(
    [`The host key of "${host}" is unknown: ${type} ${fingerprint}`, ...notes].join("; "),
    waysToTrust(host, facts),
    { question: facts.question },
  );
}

function waysToTrust(host: string, { files, unreadable, unavailable }: UnknownHostFacts): string {
  const compare = "Compare the fingerprint with the host's administrator, then ";
  if (unreadable.length > 0) return `Make ${unreadable[0]} readable to this program`;
  const file = files.find((path) => !KEEPS_NOTHING.has(path));
  const toFile = file === undefined
    ? 'name a file with "UserKnownHostsFile" in ssh_config and add the line of ssh-keyscan to it'
    : `add the line of ssh-keyscan to ${file}`;
  // With these ssh itself would not write the key to a file that is read here.
  if (file === undefined || unavailable.length > 0) return compare + toFile;
  return `${compare}log in once with "ssh ${host}" (or ${toFile}), or set ` +
    '"StrictHostKeyChecking accept-new" for it in ssh_config';
}

/** Names that ssh_config(5) uses for "no file": nothing can be added to them. */
const KEEPS_NOTHING: ReadonlySet<string> = new Set(["/dev/null", "NUL", "nul"]);

/** Why an unknown key stayed unknown. */
export interface UnknownHostFacts {
  /** Key of the question that nobody answered, where one was asked. */
  readonly question: string | undefined;
  readonly authorities: readonly KnownHostEntry[];
  /** The fault of the certificate, where the server showed one. */
  readonly certificateFault: string | undefined;
  /** Where the user's own keys are kept, the first to write to. */
  readonly files: readonly string[];
  readonly unreadable: readonly string[];
  /** Settings that could vouch for the key under ssh, and cannot here. */
  readonly unavailable: readonly UnavailableSetting[];
}

/** Where an entry comes from, such as "FILE:3". */
export function placeOf(entry: KnownHostEntry): string {
  return entry.line === 0 ? `what was ${entry.file}` : `${entry.file}:${entry.line}`;
}
