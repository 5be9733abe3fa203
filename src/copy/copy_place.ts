import { InputError } from "../errors.ts";

/** One end of a copy, as scp(1) writes it. */
export type CopyPlace =
  | { readonly kind: "local"; readonly path: string }
  /** `path` is empty for the login directory. */
  | { readonly kind: "remote"; readonly host: string; readonly path: string };

/**
 * Reads `host:path`, `user@host:path`, `[v6]:path` or `local:path`; `local` is never a host.
 *
 * @throws {InputError} When there is no colon, or nothing before it.
 */
export function parseCopyPlace(text: string, parameter: string): CopyPlace {
  const colon = colonOf(text);
  const host = text.slice(0, colon);
  if (colon <= 0 || /[/\s\0]/.test(host)) {
    throw new InputError(
      `${parameter} ${JSON.stringify(text.slice(0, 200))} is not of the form host:path`,
      "Name the host before a colon, such as web1:/var/log/syslog; a file of this machine is " +
        "local:/path",
    );
  }
  const path = text.slice(colon + 1);
  if (/^[A-Za-z]$/.test(host) && path.startsWith("\\")) throw driveError(text, parameter);
  if (host !== "local") return { kind: "remote", host, path };
  if (path !== "") return { kind: "local", path };
  throw new InputError(`${parameter} names no file behind local:`, "Give an absolute path");
}

/** A drive of Windows looks like a host of one letter. */
function driveError(text: string, parameter: string): InputError {
  return new InputError(
    `${parameter} ${JSON.stringify(text.slice(0, 200))} is a path of Windows without a host`,
    `Name the host before it, such as win1:${text.slice(0, 2)}\\file; for a file of this machine ` +
      `write local: before it`,
  );
}

/** The colon behind the host; those of an IPv6 address stand in brackets. */
function colonOf(text: string): number {
  const bracket = /^(?:[^@[\]:]*@)?\[[^\]]*\]/.exec(text);
  return text.indexOf(":", bracket?.[0].length ?? 0);
}
