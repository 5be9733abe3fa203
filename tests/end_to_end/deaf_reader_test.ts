import assert from "node:assert/strict";
import { join } from "node:path";
import { followAdvice } from "../advice/follow_advice.ts";
import type { ToolReply } from "../support/mcp_client.ts";
import { startWorld } from "../support/world.ts";

/** A command line of its own, with a prompt like a Unix shell's. */
const APPLIANCE = `#!/bin/sh
[ $# -gt 0 ] && { echo "Unknown command: $*"; exit 1; }
while printf 'admin@acme:~$ '; read -r line; do
  case $line in "show version") echo "ACME 4.2";; ?*) echo "Unknown command: $line";; esac
done
`;

Deno.test("what prompts like a shell and is none is told as such, and driven as a device where asked to", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mss_appliance_" });
  try {
    const shell = join(directory, "cli");
    await Deno.writeTextFile(shell, APPLIANCE);
    await Deno.chmod(directory, 0o755);
    await Deno.chmod(shell, 0o755);
    await using world = await startWorld({ account: { shell } });
    const { server } = world;
    let refused: ToolReply | undefined;
    for (const _ of [1, 2]) {
      refused = await server.run("show version", { timeout: 40 });
      assert.ok(refused.isError, refused.text);
      assert.match(refused.text, /"admin@acme:~\$" is no shell or device[^]*device_type="generic"/);
    }
    await followAdvice(server, refused!, [
      "shell/posix/shell_errors.ts: If it is a network device: ",
    ], {
      follow: async (_server, text) => {
        await server.call("close_session", { host: server.host });
        const device_type = /device_type="(\w+)"/.exec(text)![1];
        const driven = await server.run("show version", { timeout: 40, device_type });
        assert.equal(driven.body, "ACME 4.2\n", driven.text);
      },
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
