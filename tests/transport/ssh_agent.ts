import { join } from "node:path";
import { mustRun } from "../support/command.ts";
import { until } from "../support/condition.ts";
import { isListening } from "../support/unix_socket.ts";

/** One ssh-agent(1) with a socket of its own; disposing stops it. */
export interface RunningAgent extends AsyncDisposable {
  readonly socketPath: string;
  /** Loads a key, and its certificate where one lies beside it. */
  add(path: string, passphrase: string): Promise<void>;
}

/** Starts an agent without keys; `name` is that of its socket. */
export async function startAgent(name = "socket"): Promise<RunningAgent> {
  const directory = await Deno.makeTempDir({ prefix: "mss_agent_" });
  const socketPath = join(directory, name);
  const child = new Deno.Command("ssh-agent", {
    args: ["-D", "-a", socketPath],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until("the agent listens", () => isListening(socketPath));
  return {
    socketPath,
    add: (path, passphrase) => load(path, { passphrase, socketPath, directory }),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function load(
  path: string,
  agent: { readonly passphrase: string; readonly socketPath: string; readonly directory: string },
): Promise<void> {
  const askpass = join(agent.directory, "askpass");
  await Deno.writeTextFile(askpass, `#!/bin/sh\nprintf '%s\\n' '${agent.passphrase}'\n`, {
    mode: 0o700,
  });
  const env = {
    SSH_AUTH_SOCK: agent.socketPath,
    SSH_ASKPASS: askpass,
    SSH_ASKPASS_REQUIRE: "force",
  };
  await mustRun(["ssh-add", "-q", path], { env });
}
