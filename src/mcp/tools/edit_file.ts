import * as z from "zod";
import { ConnectionLostError, InputError } from "../../errors.ts";
import { openFileCall, pathShape, sudoShape } from "../file/file_call.ts";
import { sayingWhere } from "../file/session_path.ts";
import { refusedEdits, renderEdit } from "../file/edit_reply.ts";
import { lostWrite } from "../file/lost_write.ts";
import { sha256 } from "../file/sha256.ts";
import { flag } from "../schemas.ts";
import { COMMAND_ANNOTATIONS, defineTool, type Tool } from "../tool.ts";

const EDITS_LIMIT = 100;

/** Replaces exact text in a remote file. */
export const editFile: Tool = defineTool({
  name: "edit_file",
  title: "Edit a file",
  description:
    "Replaces exact text in a remote file of at most 2 MiB: all edits in order, or none; " +
    "each old_text must occur once. Written like write_file. Replies with a diff and the sha256.",
  input: {
    ...pathShape,
    edits: z.array(z.strictObject({
      old_text: z.string().min(1),
      new_text: z.string(),
      replace_all: z.boolean().default(false as boolean),
    })).max(EDITS_LIMIT).default([]),
    undo: flag("off").describe("takes back this server's last write of it"),
    expected_sha256: z.string().min(1).optional()
      .describe("from read_file; another file is refused"),
    backup: z.boolean().default(false as boolean).describe("keeps the old file as NAME.~N~"),
    ...sudoShape,
  },
  annotations: COMMAND_ANNOTATIONS,
  asksItself: true,
  run: sayingWhere(async (args, call) => {
    const [{ applyToFile, readWhole, undoneFile }, { editAction, shownDiff, shownEdits }] =
      await Promise.all([import("../file/file_edit.ts"), import("../permit/file_change.ts")]);
    const file = await openFileCall(args, call);
    const { host, connection, files, elevation, path, takeNote } = file;
    const how = { elevation, signal: call.signal };
    call.audit({ user: host.user });
    const edits = args.edits.map((edit) => ({
      oldText: edit.old_text,
      newText: edit.new_text,
      replaceAll: edit.replace_all,
    }));
    if ((edits.length === 0) !== args.undo) throw eitherOr();
    const facts = args.backup ? ["the old file is kept beside it"] : [];
    const isElevated = elevation.kind === "sudo";
    if (isElevated) await call.permit(editAction(file, shownEdits(path, edits, args.undo), facts));
    const before = await readWhole(files, connection, path, how);
    const expected = args.expected_sha256?.trim().toLowerCase();
    const { concealer, versions } = call.services;
    const edit = args.undo
      ? undoneFile(path, before, versions.before(host, path, before))
      : await applyToFile(path, before, { edits, expectedSha256: expected });
    const source = {
      host,
      path,
      redactor: concealer.redactor(host.host, host.hidden),
      ofContent: concealer.fileRedactor(host.host, host.hidden),
    };
    if (edit.kind === "refused") return refusedEdits(edit.problems, source);
    const { content, after } = edit;
    if (!isElevated) await call.permit(editAction(file, shownDiff(edit.diff, path), facts));
    let aside: string | undefined;
    try {
      const report = edit.isSame ? undefined : await files.write(connection, path, {
        ...how,
        request: {
          content,
          mode: "replace",
          makesDirectories: false,
          replaces: before,
          keepsBackup: args.backup,
        },
        onAside: (left) => aside = left,
      });
      versions.keep(host, path, { before, written: content });
      call.audit({ path: report?.path, via: report?.via, bytes: content.length });
      const newSha256 = await sha256(content);
      return renderEdit({ ...source, note: takeNote(), ...edit, after, report, newSha256 });
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error;
      throw await lostWrite(error, { args, call, files, aside, path });
    }
  }),
});

function eitherOr(): InputError {
  return new InputError("edit_file takes edits or undo=true", "Pass one of them");
}
