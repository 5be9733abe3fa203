import { FileError } from "../../errors.ts";
import type { SftpReply } from "./sftp_packets.ts";
import { quoteRemote } from "../remote_text.ts";

/** SSH_FX_EOF (draft-ietf-secsh-filexfer-02 §7). */
export const statusEof = 1;

/*
 * Numbers above 8 are of later drafts; some servers use them with version 3. OpenSSH says
 * NO_SUCH_FILE for ENOTDIR and ELOOP too, and FAILURE for everything it has no number for.
 */
const statuses: Readonly<Record<number, readonly [code: string, advice: string]>> = {
  2: ["ENOENT", "Check the path"],
  3: ["EACCES", "Use use_sudo or sudo_password, or another user"],
  5: ["EINVAL", "Check the path and the parameters"],
  8: ["ENOTSUP", "Use execute_command instead"],
  11: ["EEXIST", "Choose another name"],
  12: ["EROFS", "Choose another place"],
  14: ["ENOSPC", "Free some space there"],
  15: ["EDQUOT", "Free some space there"],
  18: ["ENOTEMPTY", "Empty the directory first"],
  19: ["ENOTDIR", "Check the path"],
  24: ["EISDIR", "Name a file"],
};

/** The error of a request that the far end refused with a status. */
export function statusError(action: string, path: string, reply: SftpReply): FileError {
  const status = reply.fields.uint32();
  const message = reply.fields.remainingBytes > 0 ? reply.fields.string() : `status ${status}`;
  const [code, advice] = statuses[status] ?? [undefined, "Check the path and the space there"];
  return new FileError(
    `Cannot ${action} ${JSON.stringify(path)}: the server says ${quoteRemote(message)}`,
    advice,
    code,
  );
}

/** An answer of a type that the request cannot have. */
export function unexpectedReply(action: string, path: string, reply: SftpReply): FileError {
  return new FileError(
    `Cannot ${action} ${JSON.stringify(path)}: the server answered with packet type ${reply.type}`,
    "Use execute_command instead",
  );
}
