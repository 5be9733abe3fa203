import { concatenated } from "../../bytes.ts";
import type { Connection } from "../../transport/transport.ts";
import { fileError } from "../file_errors.ts";
import { BusyFileError, ChangedFileError } from "../edit/edit_errors.ts";
import { octal } from "../permissions.ts";
import { directoryOf, shownPath } from "../remote_path.ts";
import { parseFacts } from "./script_output.ts";
import { scriptError } from "./script_read.ts";
import { runScript, type ScriptOptions, type ScriptResult } from "./script_run.ts";
import { ownerChanges } from "../owner_names.ts";
import { assignment } from "./script_text.ts";
import { OwnerError, type SftpWriteOptions } from "../sftp_write.ts";
import { asideName, type WriteReport, type WriteRequest } from "../file_range.ts";
import { WRITE_SCRIPT } from "./write_script.ts";

/** Options of a write by script. */
export interface ScriptWriteOptions extends ScriptOptions {
  readonly request: WriteRequest;
  readonly acceptsOwnerChange: SftpWriteOptions["acceptsOwnerChange"];
}

/**
 * Replaces, creates or appends to a file with a shell script in a channel of its own.
 *
 * The script takes the whole content before it touches the file, and cleans up by itself when the
 * connection goes: the file is the old one or the new one.
 *
 * @throws {FileError} The old file is intact and nothing is left beside it.
 */
export async function writeByScript(
  connection: Connection,
  path: string,
  options: ScriptWriteOptions,
): Promise<WriteReport> {
  const { content, mode, makesDirectories, permissions } = options.request;
  const directories = makesDirectories ? "make" : "must-exist";
  const ownerChange = options.acceptsOwnerChange ? "accept" : "refuse";
  const { replaces, keepsBackup } = options.request;
  const script = [
    assignment("p", path),
    assignment("a", asideName()),
    assignment("g", asideName()),
    `held=${replaces?.length ?? ""} keep=${keepsBackup ? 1 : ""}`,
    `n=${content.length} d=${directories} w=${mode} o=${ownerChange}`,
    `m=${permissions === undefined ? "" : octal(permissions)}`,
    WRITE_SCRIPT,
  ].join("\n");
  const result = await runScript(connection, script, {
    ...options,
    content: replaces === undefined ? content : concatenated([content, replaces]),
  });
  return parseReport(result, path, content.length);
}

function parseReport(result: ScriptResult, path: string, sizeBytes: number): WriteReport {
  const said = (word: string): string | undefined =>
    result.scriptLines.find((line) => line.word === word)?.rest;
  const outcome = said("done");
  const owner = said("owner");
  if (outcome === undefined) {
    if (said("nodir") !== undefined) throw missingDirectory(path);
    const taken = said("cut");
    if (taken !== undefined) throw cutShort(path, Number(taken), sizeBytes);
    if (said("changed") !== undefined) throw new ChangedFileError(path);
    const lock = said("busy");
    if (lock !== undefined) throw new BusyFileError(path, lock);
    const isFailed = said("error") !== undefined || said("unsafe") !== undefined;
    if (owner !== undefined && !isFailed) throw ownerRefused(path, owner);
    throw scriptError("write", path, result);
  }
  const notes = result.scriptLines.filter(({ word }) => word === "note").map(({ rest }) =>
    note(rest)
  );
  const facts = parseFacts(said("facts") ?? "");
  return {
    path: said("path") ?? path,
    outcome: outcome as WriteReport["outcome"],
    facts,
    backup: said("backup"),
    notes: [...(owner === undefined ? [] : [ownerNote(owner)]), ...notes],
  };
}

/** `note` lines: `acl`, `links N`, or `in-place` and why. */
function note(rest: string): string {
  const [word, ...more] = rest.split(" ");
  if (word === "acl") return "its access control list could not be kept";
  return word === "links"
    ? `the file had ${more[0]} names (hard links); the others keep the old content`
    : `written in place, since it could not be replaced: ${more.join(" ").split(": ").at(-1)}`;
}

function ownerNote(rest: string): string {
  const [uid, gid, oldUid, oldGid, names, oldNames] = rest.split(" ");
  const [[user, group], [oldUser, oldGroup]] = [names, oldNames].map((both) =>
    both?.split(":") ?? []
  ) as [string[], string[]];
  return ownerChanges(
    { uid: Number(uid), gid: Number(gid), user, group },
    { uid: Number(oldUid), gid: Number(oldGid), user: oldUser, group: oldGroup },
  ).join("; ");
}

function ownerRefused(path: string, owner: string): OwnerError {
  const seen = `Cannot keep the owner of ${shownPath(path)}: ${ownerNote(owner)}`;
  return new OwnerError(seen, "Write with use_sudo=true", "EPERM");
}

function missingDirectory(path: string): Error {
  const detail = `its directory ${shownPath(directoryOf(path))} does not exist`;
  return fileError("write", path, { code: "ENOENT", detail });
}

function cutShort(path: string, takenBytes: number, sizeBytes: number): Error {
  const detail = `only ${takenBytes} of ${sizeBytes} bytes were taken; the old file is intact`;
  return fileError("write", path, { detail });
}
