import * as z from "zod";
import { commandShape, maxOutputChars, seconds } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";
import { cancelledByUser, waitUntil } from "../waiting.ts";

/** A list of this length names thousands of hosts. */
const MAX_SELECTION_CHARS = 64 * 1024;
const A_DAY_MS = 86_400_000;

/** Runs one command on many hosts. */
export const executeOnHosts: Tool = defineTool({
  name: "execute_on_hosts",
  title: "Run a command on many hosts",
  description: "One command on many hosts at once; equal outputs are folded (%h: the host's own " +
    "name), failures grouped by cause. timeout is each host's; one that needs longer goes on. " +
    "command_id reads it again, command_id/host one host's output, or answers it.",
  input: {
    hosts: z.string().min(1).max(MAX_SELECTION_CHARS)
      .describe("web[01-40],app*,@group,!web07; * matches ssh_config aliases"),
    command: commandShape.command,
    sudo_password: commandShape.sudo_password,
    timeout: seconds(30),
    batches: z.string().min(1).max(1_000).optional()
      .describe("sizes, the last repeats: 1,10%,100%"),
    max_failures: z.int().min(0).max(1_000_000).optional()
      .describe("begin no more hosts after more failures; 0 with batches"),
    max_output_chars: maxOutputChars,
  },
  annotations: COMMAND_ANNOTATIONS,
  meta: { "anthropic/maxResultSizeChars": 500_000 },
  asksItself: true,
  run: async (args, call) => {
    // Loaded with the first such command: most servers run none.
    const [{ beginOnHosts, interruptRun }, { progressOf, replyOnRun }] = await Promise.all([
      import("../fleet/fleet_call.ts"),
      import("../fleet/fleet_reply.ts"),
    ]);
    const run = await beginOnHosts(args, call);
    const end = await waitUntil(call, {
      holds: () => run.isSettled,
      timeoutMs: A_DAY_MS,
      message: () => progressOf(run),
    });
    if (end === "cancelled" && cancelledByUser(call.signal)) {
      await interruptRun(run, "INT", call.services);
    }
    return await replyOnRun(run, call.services, { maxChars: args.max_output_chars });
  },
});
