import { InputError } from "../../errors.ts";
import type { Call } from "../call.ts";
import { commandRequest } from "../command/command_request.ts";
import { namesIn } from "../command/requested_secrets.ts";
import type { ToolResult } from "../tool.ts";
import { attach } from "./attached.ts";
import { replyOnDurable, startedAdvice } from "./durable_reply.ts";
import { type DurableArguments, startDurable } from "./start_durable.ts";

/** Starts a durable command and replies on its record as the host now shows it. */
export async function beginDurable(args: DurableArguments, call: Call): Promise<ToolResult> {
  commandRequest(args);
  if (namesIn(args) !== undefined) {
    throw new InputError(
      "secrets cannot be given to a durable command, which is kept on the host with its environment",
      "Leave out durable or secrets; nothing was run",
    );
  }
  if (args.sudo_password !== undefined) {
    throw new InputError(
      "sudo_password cannot be given to a durable command: nobody is there to answer sudo",
      'Start it with stdin="pty" and answer by send_input(secret=true), or in a session of sudo -i',
    );
  }
  const { id, place, notes } = await startDurable(args, call);
  const attached = await attach(id, call);
  void call.services.detached().then((jobs) => jobs.clean(attached.address.connection))
    .catch((error) => call.services.log.info("clean", { host: id.host, error: String(error) }));
  const advice = [
    ...notes.map((note) => attached.redactor.apply(note)),
    startedAdvice(attached, place.directory),
  ].join("; ");
  return await replyOnDurable(attached, call, {
    offset: 0,
    maxBytes: args.max_output_chars,
    advice,
  });
}
