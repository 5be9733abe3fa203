import { type ServerUnderTest, startServer, type ToolReply } from "../support/mcp_client.ts";
import { startSshd } from "../support/sshd.ts";
import { type HostileServer, startHostileServer } from "./hostile_server.ts";
import type { Attack } from "./hostilities.ts";

/** The program, a good host `testhost` whose shell is open, and hosts that attack it. */
export interface HostileWorld extends AsyncDisposable {
  readonly server: ServerUnderTest;
  /** Calls a hostile host once and cuts what it still sends; none was asked anything before. */
  provoke(attack: Attack): Promise<ToolReply>;
}

/** Starts them, in this process unless told otherwise; a host attacks when it is called. */
export async function startHostileWorld(
  attacks: readonly Attack[],
  startHost: (attack: Attack) => Promise<HostileServer> = ({ hostility }) =>
    startHostileServer(hostility),
): Promise<HostileWorld> {
  await using stack = new AsyncDisposableStack();
  const sshd = stack.use(await startSshd());
  const aliases = new Map<Attack, string>();
  const servers = new Map<Attack, HostileServer>();
  for (const attack of attacks) {
    const hostile = stack.use(await startHost(attack));
    servers.set(attack, hostile);
    const alias = `hostile${aliases.size}`;
    aliases.set(attack, alias);
    Deno.writeTextFileSync(sshd.sshConfigPath, hostBlock(alias, hostile.port), { append: true });
  }
  const server = stack.use(await startServer({ env: sshd.environment() }));
  await server.run("true");
  const owned = stack.move();
  return {
    server,
    provoke: async (attack) => {
      const host = aliases.get(attack)!;
      try {
        return await (attack.call === "read_file"
          ? server.call("read_file", { host, remote_path: "/etc/hostname" })
          : server.call("execute_command", { host, command: "sudo true", timeout: 50 }));
      } finally {
        servers.get(attack)!.cut();
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function hostBlock(alias: string, port: number): string {
  return [
    "",
    `Host ${alias}`,
    "HostName 127.0.0.1",
    `Port ${port}`,
    "User nobody",
    "StrictHostKeyChecking no",
    "UserKnownHostsFile /dev/null",
    "ConnectTimeout 10",
    "",
  ].join("\n");
}
