import { join } from "node:path";
import { mustRun } from "../../support/command.ts";
import type { Sshd } from "../../support/sshd.ts";

/** The keys that lines of a row are made of. */
export interface Keys {
  /** "ssh-ed25519 AAAA…" of the host's own key. */
  readonly own: string;
  readonly ownRsa: string;
  readonly other: string;
  readonly otherRsa: string;
  /** "[127.0.0.1]:PORT". */
  readonly name: string;
  readonly port: number;
}

/** One line of the matrix: files, and settings that name them as FILE, GLOBAL, REVOKED. */
export interface Row {
  readonly title: string;
  readonly known?: string | Uint8Array;
  readonly global?: string;
  readonly revoked?: string | Uint8Array;
  readonly settings?: readonly string[];
}

/** `ssh-keygen -k` with a specification; serial numbers are those of `authority`. */
export async function makeList(sshd: Sshd, spec: string, authority?: string): Promise<Uint8Array> {
  const base = join(sshd.directory, crypto.randomUUID());
  await Deno.writeTextFile(`${base}.spec`, `${spec}\n`);
  const signer = ["-s", authority ?? `${sshd.hostKeyPath()}.pub`];
  await mustRun(["ssh-keygen", "-q", "-k", "-f", base, ...signer, `${base}.spec`]);
  return await Deno.readFile(base);
}

export async function newKey(sshd: Sshd, ...options: readonly string[]): Promise<string> {
  const path = join(sshd.directory, `key_${crypto.randomUUID()}`);
  const type = options.length === 0 ? ["-t", "ed25519"] : options;
  await mustRun(["ssh-keygen", "-q", ...type, "-N", "", "-f", path]);
  return path;
}

export async function lineOf(path: string): Promise<string> {
  return (await Deno.readTextFile(path)).split(" ").slice(0, 2).join(" ").trim();
}

export async function keysOf(sshd: Sshd): Promise<Keys> {
  return {
    own: await lineOf(`${sshd.hostKeyPath()}.pub`),
    ownRsa: await lineOf(`${sshd.hostKeyPath("rsa")}.pub`),
    other: await lineOf(`${await newKey(sshd)}.pub`),
    otherRsa: await lineOf(`${await newKey(sshd, "-t", "rsa", "-b", "2048")}.pub`),
    name: `[127.0.0.1]:${sshd.port}`,
    port: sshd.port,
  };
}
