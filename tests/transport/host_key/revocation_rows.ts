import { mustRun } from "../../support/command.ts";
import type { Sshd } from "../../support/sshd.ts";
import { type Keys, makeList, newKey, type Row } from "./matrix_row.ts";

/** Files of RevokedHostKeys, readable and not. */
export function revocationForms(
  keys: Keys,
  lists: Readonly<Record<string, Uint8Array>>,
): readonly Row[] {
  const known = `${keys.name} ${keys.own}\n`;
  const settings = ["RevokedHostKeys REVOKED"];
  return [
    ...Object.entries({ ...textForms(keys), ...lists }).map(([title, revoked]) => ({
      title: `RevokedHostKeys: ${title}`,
      ...{ revoked, known, settings },
    })),
    { title: "RevokedHostKeys: missing", settings: ["RevokedHostKeys /nonexistent/x"], known },
    { title: "RevokedHostKeys: a directory", settings: ["RevokedHostKeys /etc"], known },
    { title: "RevokedHostKeys: none", settings: ["RevokedHostKeys none"], known },
  ];
}

function textForms(keys: Keys): Readonly<Record<string, string>> {
  const { name, own, other, otherRsa } = keys;
  const [type = "", blob = ""] = own.split(" ");
  return {
    "empty": "",
    "own": `${own}\n`,
    "own behind others": `# list\n\n${other}\n${otherRsa} x\n${own} me\n`,
    "others": `${other}\n${otherRsa}\n`,
    "blanks before": `  \t${own}\n`,
    "CRLF": `${own}\r\n`,
    "CRLF, others": `${other}\r\n`,
    "an empty line of CRLF": `\r\n${other}\n`,
    "known_hosts lines": `${name} ${own}\n`,
    "known_hosts lines of others": `${name} ${other}\n`,
    "markers": `@revoked * ${other}\n`,
    "options": `no-pty ${other}\n`,
    "garbage behind others": `${other}\ngarbage\n`,
    "a key cut short": `${type} ${blob.slice(0, -8)}\n`,
    "a key with more behind": `${type} ${blob}AAAA\n`,
    "an unknown type": "ssh-ed448 AAAA\n",
    "a fingerprint": "SHA256:AAAA\n",
    "blob alone": `${blob}\n`,
    "PEM": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "no newline": own,
    "half a list": "SSHKRL\n\0",
    "a list of another version": "SSHKRL\n\0\0\0\0\x02",
  };
}

/** Lists of ssh-keygen -k in each of its forms. */
export async function revocationLists(sshd: Sshd): Promise<Readonly<Record<string, Uint8Array>>> {
  const own = `${sshd.hostKeyPath()}.pub`;
  const other = await newKey(sshd);
  const hash = async (key: string, algorithm: string): Promise<string> =>
    (await mustRun(["ssh-keygen", "-lf", key, "-E", algorithm])).split(" ")[1] ?? "";
  const key = async (path: string): Promise<string> => (await Deno.readTextFile(path)).trim();
  const specs: Readonly<Record<string, string>> = {
    "a list of own": `key: ${await key(own)}`,
    "a list of others": `key: ${await key(`${other}.pub`)}`,
    "a list of own by SHA-1": `sha1: ${await key(own)}`,
    "a list of own by SHA-256": `sha256: ${await key(own)}`,
    "a list of own by fingerprint": `hash: ${await hash(own, "sha256")}`,
    "a list of others by SHA-256": `sha256: ${await key(`${other}.pub`)}`,
    "a list of serial numbers": "serial: 1-5\nserial: 100\nid: somebody",
    "an empty list": "",
  };
  const found: Record<string, Uint8Array> = {};
  for (const [title, spec] of Object.entries(specs)) found[title] = await makeList(sshd, spec);
  found["a list cut short"] = found["a list of others"]!.slice(0, -3);
  found["a list with more behind"] = new Uint8Array([
    ...found["a list of others"]!,
    99,
    0,
    0,
    0,
    0,
  ]);
  return found;
}
