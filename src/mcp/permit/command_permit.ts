import { RefusedError } from "../../errors.ts";
import type { Job } from "../../jobs/job.ts";
import type { Session } from "../../session/session.ts";
import type { Call } from "../call.ts";
import type { CommandPermit, CommandRequest } from "../command/commands.ts";
import type { Action, ShellPlace } from "./action.ts";

/** Facts of a command beside its text, as a person sees them. */
type CommandOptions = Pick<
  CommandRequest["options"],
  "sudoPassword" | "enable" | "deviceType" | "secrets"
>;

/** The permit of a command when its turn has come; undefined where nothing is bound by rules. */
export function commandPermit(
  { command, options }: CommandRequest,
  session: Session,
  call: Call,
): CommandPermit | undefined {
  if (!call.services.rules.isSet) return undefined;
  return ({ job, place, signal }) =>
    call.permit({
      ...commandAction({ command, options, session, place }),
      jobSignal: signal,
      onAsked: () => job.note({ kind: "approval-asked" }),
      onAgreed: () => job.note({ kind: "approved" }),
    });
}

/** A command that is about to be typed at a place. */
export function commandAction(
  { command, options, session, place }: {
    readonly command: string;
    readonly options: CommandOptions;
    readonly session: Session;
    readonly place: ShellPlace;
  },
): Action {
  const { enable, deviceType, sudoPassword, secrets } = options;
  const entersMode = enable !== undefined &&
    (enable.password !== undefined || enable.command !== "enable");
  return {
    hosts: [session.host],
    words: "run a command",
    text: command,
    shell: place,
    usesSudo: sudoPassword !== undefined,
    facts: [
      ...(entersMode ? [`on a network device, in privileged mode by: ${enable.command}`] : []),
      ...secretFacts(secrets),
      ...(deviceType === undefined ? [] : [`driven as a device of type ${deviceType}`]),
    ],
  };
}

/** Which of the operator's secrets a command gets, as a person sees it. */
export function secretFacts(secrets: CommandOptions["secrets"]): readonly string[] {
  if (secrets === undefined) return [];
  return [`with the secrets ${secrets.map(({ name }) => name).join(", ")} in its environment`];
}

/** Text or keys for a command that runs. */
export function inputAction(
  { data, isSecret = false, session, job }: {
    readonly data: string;
    readonly isSecret?: boolean;
    readonly session: Session;
    readonly job: Job;
  },
  { services: { commands } }: Call,
): Action {
  const before = job.record;
  const typed = data.endsWith("\r") ? data.slice(0, -1) : data;
  const place = commands.placeOfInput(job, session);
  const isPassword = before.state.kind === "awaiting-input" &&
    ["password", "passphrase"].includes(before.state.question.kind);
  const question = before.state.kind === "awaiting-input" ? before.state.question.text.trim() : "";
  return {
    hosts: [session.host],
    words: "type to a running command",
    text: data,
    // A secret may stand for anything but where a password is asked for: then all of it is shown.
    shown: isSecret && isPassword ? secretInput(typed) : typed,
    shell: place,
    facts: [
      ...(typed === data ? [] : ["then Enter"]),
      `to the command: ${before.command}`,
      ...(question === "" ? [] : [`which asks: ${question}`]),
    ],
    recheck: () => {
      const { state, questions } = job.record;
      const isSame = state.kind === before.state.kind && questions === before.questions &&
        commands.inForeground(session) === job;
      if (!isSame) throw hasGoneOn(job.id);
    },
  };
}

function secretInput(typed: string): string {
  const [first = ""] = typed.split(/[\r\n]/);
  return `(a secret of ${first.length} characters)${typed.slice(first.length)}`;
}

function hasGoneOn(id: string): RefusedError {
  return new RefusedError(
    `Command ${id} has gone on since a person was asked about the input; nothing was typed`,
    `get_command_status(command_id="${id}") shows where it is now`,
  );
}
