import type { Sshd } from "./sshd.ts";

/** Writes an ssh_config in the home of an sshd's client; each block is the lines of a host. */
export async function writeHostBlocks(
  sshd: Sshd,
  blocks: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const text = Object.entries(blocks).map(([host, lines]) =>
    [`Host ${host}`, ...lines, "IdentitiesOnly yes", "GlobalKnownHostsFile none"].join("\n  ")
  );
  await Deno.writeTextFile(sshd.sshConfigPath, `${text.join("\n")}\n`, { mode: 0o600 });
}

/** The lines that reach an sshd as its account, its key on file. */
export function hostLines(sshd: Sshd): readonly string[] {
  return [
    "HostName 127.0.0.1",
    `Port ${sshd.port}`,
    `User ${sshd.user}`,
    `IdentityFile ${sshd.keyPath}`,
    `UserKnownHostsFile ${sshd.knownHostsPath}`,
    "StrictHostKeyChecking yes",
  ];
}
