import type { Sshd } from "../support/sshd.ts";

/** Replaces the client's configuration by one without key files. */
export async function useAgentOnly(sshd: Sshd, ...lines: readonly string[]): Promise<void> {
  const config = [
    ...["HostName 127.0.0.1", `Port ${sshd.port}`, `User ${sshd.user}`, "IdentityFile none"],
    ...[`UserKnownHostsFile ${sshd.knownHostsPath}`, "GlobalKnownHostsFile none"],
    ...lines,
  ];
  await Deno.writeTextFile(sshd.sshConfigPath, `Host ${sshd.alias}\n${config.join("\n")}\n`);
}
