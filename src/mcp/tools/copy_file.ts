import type { CallToolResult } from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Job } from "../../jobs/job.ts";
import { cancelledByUser, waitForJob } from "../waiting.ts";
import { replyOn } from "../command/command_reply.ts";
import { sudoShape } from "../file/file_call.ts";
import { DEFAULT_OUTPUT_CHARS } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";

const WAIT_MS = 30_000;

/** Copies files from host to host, or from this machine to a host. */
export const copyFile: Tool = defineTool({
  name: "copy_file",
  title: "Copy files",
  description: "Copies a file or directory from host to host, or from this machine, as scp -p; " +
    "links in it stay links. Waits 30 s, then get_command_status follows it. Each file is written " +
    "aside and renamed; the sha256 of both ends is compared.",
  input: {
    source: z.string().min(1).describe("host:path, or local:/path below MCP_SSH_LOCAL_ROOTS"),
    destination: z.string().min(1).describe(
      "host:path; as scp, into a directory that exists",
    ),
    recursive: z.boolean().default(false as boolean),
    ...sudoShape,
  },
  annotations: COMMAND_ANNOTATIONS,
  asksItself: true,
  run: async (args, call) => {
    const { parseCopyPlace } = await import("../../copy/copy_place.ts");
    const source = parseCopyPlace(args.source, "source");
    const destination = parseCopyPlace(args.destination, "destination");
    const { commands } = call.services;
    if (destination.kind === "local") {
      const { beginDownload } = await import("../file/begin_download.ts");
      const job = await beginDownload({ ...args, source, destination }, call);
      return replyOf(job, await replyOn(job, commands, { maxChars: DEFAULT_OUTPUT_CHARS }));
    }
    const { beginCopy } = await import("../file/begin_copy.ts");
    const job = await beginCopy({ ...args, source, destination }, call);
    const end = await waitForJob(job, call, { holds: () => job.isFinished, timeoutMs: WAIT_MS });
    if (end === "cancelled" && cancelledByUser(call.signal)) await commands.interrupt(job, "INT");
    return replyOf(job, await replyOn(job, commands, { maxChars: DEFAULT_OUTPUT_CHARS }));
  },
});

function replyOf(job: Job, reply: CallToolResult): CallToolResult {
  const { state } = job.record;
  const isFailed = state.kind === "lost" ||
    (state.kind === "exited" && state.exit.exitStatus !== 0);
  return isFailed ? { ...reply, isError: true } : reply;
}
