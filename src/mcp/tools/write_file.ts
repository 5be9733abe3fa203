import * as z from "zod";
import { ConnectionLostError, InputError } from "../../errors.ts";
import { TRANSFER_LIMIT_BYTES } from "../../sftp/file_range.ts";
import { parsePermissions } from "../../sftp/permissions.ts";
import { encodingOf, fileShape, openFileCall } from "../file/file_call.ts";
import { sayingWhere } from "../file/session_path.ts";
import { renderWrite } from "../file/file_reply.ts";
import { formChange } from "../file/form_change.ts";
import { lostWrite } from "../file/lost_write.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";

/** Replaces, creates or appends to a remote file. */
export const writeFile: Tool = defineTool({
  name: "write_file",
  title: "Write a file",
  description:
    "Writes a remote file of at most 2 MiB: aside, then renamed, so it is the old or the " +
    "new file whatever happens. Keeps owner and mode, follows symbolic links.",
  input: {
    ...fileShape,
    content: z.string().describe("in the given encoding; base64 for binary"),
    append: z.boolean().default(false as boolean),
    make_dirs: z.boolean().default(false as boolean).describe("makes missing directories"),
    permissions: z.union([z.int(), z.string().min(1)]).optional()
      .describe('"0644", or 420; else those of the old file'),
  },
  annotations: COMMAND_ANNOTATIONS,
  asksItself: true,
  run: sayingWhere(async (args, call) => {
    const encoding = await encodingOf(args.encoding);
    const content = encoding.encode(args.content);
    if (content.length > TRANSFER_LIMIT_BYTES) throw tooLarge(content.length);
    const request = {
      content,
      mode: args.append ? "append" : "replace",
      makesDirectories: args.make_dirs,
      permissions: args.permissions === undefined ? undefined : parsePermissions(args.permissions),
    } as const;
    const file = await openFileCall(args, call);
    const { host, connection, files, elevation, path, takeNote } = file;
    const { permitWrite } = await import("../permit/file_change.ts");
    const change = await formChange(file, { ...args, encoding, signal: call.signal });
    const replaces = await permitWrite(file, {
      content,
      append: args.append,
      facts: [
        ...(args.make_dirs ? ["missing directories are made"] : []),
        ...(args.permissions === undefined ? [] : [`permissions ${args.permissions}`]),
      ],
    }, call);
    call.audit({ user: host.user, bytes: content.length });
    let aside: string | undefined;
    try {
      const report = await files.write(connection, path, {
        request: { ...request, replaces },
        elevation,
        signal: call.signal,
        onAside: (left) => aside = left,
      });
      if (change.before !== undefined && report.outcome === "replaced") {
        call.services.versions.keep(host, path, { before: change.before, written: content });
      }
      call.audit({ path: report.path, via: report.via, written: report.outcome });
      const redactor = call.services.concealer.redactor(host.host, host.hidden);
      const noted = { ...report, notes: [...change.notes, ...report.notes] };
      const source = { host, redactor, note: takeNote() };
      return renderWrite({ ...source, report: noted, sizeBytes: content.length });
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error;
      throw await lostWrite(error, { args, call, files, aside, path });
    }
  }),
});

function tooLarge(sizeBytes: number): InputError {
  return new InputError(
    `content is ${sizeBytes} bytes; at most ${TRANSFER_LIMIT_BYTES} (2 MiB) go in one call`,
    "Write the first part, then the others with append=true",
  );
}
