import { InputError } from "../../errors.ts";
import type { NamedSecret } from "../../shell/shell.ts";
import type { CommandRequest } from "./commands.ts";
import type { CommandArguments } from "../schemas.ts";

/** The arguments of a call that matter for it. */
type RequestArguments = Omit<CommandArguments, "max_output_chars">;

/**
 * The request that a session is asked to run.
 *
 * @throws {InputError} When no shell could take the command.
 */
export function commandRequest(
  args: RequestArguments,
  secrets?: readonly NamedSecret[],
): CommandRequest {
  if (args.command.includes("\0")) {
    throw new InputError(
      "The command contains a NUL character, which no shell can take",
      "Write bytes with printf, or the file with write_file",
    );
  }
  return {
    command: args.command,
    options: {
      ...(args.sudo_password === undefined ? {} : { sudoPassword: args.sudo_password }),
      enable: {
        command: args.enable_command,
        ...(args.enable_password === undefined ? {} : { password: args.enable_password }),
      },
      ...(secrets === undefined ? {} : { secrets }),
      ...(args.device_type === undefined ? {} : { deviceType: args.device_type }),
    },
  };
}
