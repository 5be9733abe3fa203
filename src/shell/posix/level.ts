import { type Dialect, dialectOf, HEARD, type Identity } from "./start_up/dialects.ts";
import type { ToldStatus } from "./exit_status.ts";
import { newNonce } from "../../terminal/nonce.ts";
import { next, type Phase, type PhaseEvent } from "./phase.ts";
import type { Run } from "./command_run.ts";
import { whyNoSecrets } from "./secret_reading.ts";
import type { SshError } from "../../errors.ts";
import { elevate, needsWholeElevation } from "./sudo/sudo.ts";

/** A command that may leave standard output redirected, itself or in a file that it reads. */
const REDIRECTS = /(?:^|[\s;&|({])(?:exec|source|\.)\s/;

/** A user as id(1) prints it, a host as uname(1) does. */
const NAME = /^[\w.$-]{1,64}$/;

/** One interpreter on the pty: the login shell, or one that runs inside another. */
export class Level {
  readonly nonce = newNonce();
  phase: Phase;
  identity: Identity | undefined;
  /** The command it runs, or has typed. */
  run: Run | undefined;
  cwd: string | undefined;
  /** Shells between it and the login shell, and itself; 0 for the login shell. */
  depth = 0;
  /** The user that it runs as and the host that it runs on, if it told. */
  self: { readonly user?: string; readonly host?: string } = {};
  /** `$-` as last told. */
  flags = "";
  /** `$?` as last told, 0–255. */
  status = 0;
  /** What its last prompt told. */
  promptStatus: ToldStatus = { exitStatus: 0, exitSignal: null };
  /** Where the shell keeps its history, if it told. */
  historyFile: string | undefined;
  /** Redirection of our markers. */
  sink = "";
  /** Whether its prompt shows on the terminal. */
  prompt: "expected" | "silent" = "expected";
  probes = 0;
  fallbacks = 0;
  unansweredSetUps = 0;
  /** Redirection of errors that nobody is to see: a chroot may have no /dev/null. */
  quiet: "2>/dev/null" | "2>&-" = "2>/dev/null";
  /** The shell cannot print markers by itself: only its prompt reports an end. */
  endsAtPrompt = false;
  /** Standard output may have gone to a pipe. */
  mayBePiped = false;
  /** Names that the command before had in its environment, and may have left there. */
  #formerSecrets: readonly string[] | undefined;

  constructor(phase: Phase) {
    this.phase = phase;
  }

  get dialect(): Dialect {
    return dialectOf(this.identity?.shellKind ?? "sh");
  }

  /** fish paints its prompt more than once, so one before the command begins ends nothing. */
  get repaints(): boolean {
    return this.identity?.shellKind === "fish";
  }

  /** A command is typed, and the shell has yet to tell its start, as it can where it has a sink. */
  get isBeginning(): boolean {
    return this.phase.kind === "running" && !this.phase.begun && this.sink !== "";
  }

  /** The shell reported the start of its command. */
  get isBegun(): boolean {
    return this.phase.kind !== "running" || this.phase.begun;
  }

  /**
   * It refuses a line with an error of syntax in it as a whole, and prompts again: not fish, which
   * edits its lines, and not under errexit, where bash and mksh end.
   */
  get refusesSpoilt(): boolean {
    return !this.repaints && !this.flags.includes("e") && this.prompt === "expected";
  }

  /** Its command is itself a shell that waits for a line. */
  get asksAtShell(): boolean {
    return this.run?.question?.kind === "shell";
  }

  /** It runs a command that takes no other beside it. */
  get isBusy(): boolean {
    const { kind } = this.phase;
    return kind === "doubtful" || (kind === "running" && !this.asksAtShell);
  }

  /** Takes what its prompt tells. */
  tellPrompt(status: ToldStatus, flags: string): void {
    this.prompt = "expected";
    this.promptStatus = status;
    if (flags !== "") this.flags = flags;
  }

  /** Why a command cannot run here as it was asked for. */
  refusal({ command, options: { secrets, sudo } }: Run): SshError | undefined {
    return whyNoSecrets(this, secrets, sudo?.scope === "whole" && needsWholeElevation(command));
  }

  /** The line that runs a command here, with what its password questions need. */
  frame(run: Run): string {
    const { sudo, omitsHistory } = run.options;
    this.mayBePiped ||= REDIRECTS.test(run.command);
    const kind = this.identity?.shellKind ?? "sh";
    const secrets = run.options.secrets?.map(({ name }) => name);
    const formerSecrets = this.#formerSecrets;
    this.#formerSecrets = secrets;
    const elevates = sudo?.scope === "whole" && needsWholeElevation(run.command);
    return this.dialect.frame({
      id: run.id,
      command: elevates ? elevate(run.command, kind) : run.command,
      recorded: run.command,
      historyFile: this.historyFile,
      previousStatus: this.status,
      flags: this.flags,
      sink: this.sink,
      quiet: this.quiet,
      endsAtPrompt: this.endsAtPrompt,
      mayBePiped: this.mayBePiped,
      controlStyle: this.identity?.controlStyle ?? "printf",
      history: omitsHistory || (sudo !== undefined && run.command.includes(sudo.password))
        ? "omit"
        : "record",
      passwordNonce: run.passwordNonce,
      ...{ secrets, formerSecrets },
    });
  }

  /** Takes what a marker tells that only has to be kept: H, R, U, W and Y. */
  tell(letter: string, fields: string): void {
    if (letter === "H" && fields === HEARD) this.dispatch({ kind: "heard" });
    if (letter === "W") this.#tellDirectory(fields);
    if (letter === "U") this.#tellSelf(fields);
    if (letter === "Y") this.historyFile = fields;
    if (letter !== "R") return;
    const [sink, devices] = fields.split(";");
    this.sink = sink === "tty" ? " >/dev/tty" : "";
    this.quiet = devices === "none" ? "2>&-" : "2>/dev/null";
    this.unansweredSetUps = 0;
    this.dispatch({ kind: "prepared" });
  }

  /** `user;host`; the line itself, echoed with its escapes undone, names neither. */
  #tellSelf(fields: string): void {
    const [user = "", host = ""] = fields.split(";");
    this.self = {
      ...(NAME.test(user) ? { user } : {}),
      ...(NAME.test(host) ? { host } : {}),
    };
  }

  /** `id;cwd`: of the command that runs, or of none that does. */
  #tellDirectory(fields: string): void {
    const at = fields.indexOf(";");
    if (this.run !== undefined && fields.slice(0, at) !== this.run.id) return;
    const cwd = fields.slice(at + 1);
    this.cwd = cwd === "" ? undefined : cwd;
  }

  /** True when the event changed the phase. */
  dispatch(event: PhaseEvent): boolean {
    const before = this.phase;
    this.phase = next(before, event);
    return this.phase !== before;
  }
}
