import type { SshError } from "../../../errors.ts";
import { carefulLine, identify, identifyFish, type Identity, selfLine } from "./dialects.ts";
import type { Interpreter } from "../interpreter.ts";
import type { InterpreterStack } from "../interpreter_stack.ts";
import type { StartUpLook } from "../readers/start_up_verdict.ts";
import { resettingLine } from "../readers/terminal_keys.ts";
import { StartUpText } from "./start_up_text.ts";
import type { CommandRun } from "../command_run.ts";
import { deafReader, noPosixShell, notAShell } from "../shell_errors.ts";
import type { Typist } from "../typist.ts";

const MAX_FALLBACKS = 2;
/** They expand nothing in their prompt: a line that they give up has no end that could be read. */
const MUTE_SHELLS = new Set(["posh"]);
/** A reader that prompts again after so many probes and ran none is no shell. */
export const MAX_PROBES = 5;
/** A shell that leaves so many set-up lines unanswered cannot take them. */
const MAX_SET_UPS = 3;
/** A line editor that takes so many probes and runs none: elvish and xonsh parse a whole line first. */
const DEAF_PROBES = 3;

/** The host's own answers about its login shell, asked beside the terminal. */
export interface HostWord {
  /** Undefined where it cannot be asked. */
  readonly startUp?: (() => Promise<StartUpLook>) | undefined;
  /** Milliseconds that it took for the answer to one command. */
  readonly answerMs?: number | undefined;
  /** Gives up a terminal inside the terminal for a shell without start-up files; once. */
  readonly replace?: (() => void) | undefined;
  /** The host has told: silence is to be judged again. */
  readonly onJudged: () => void;
}

/**
 * Finds out which shell reads what is typed and makes it tell its ends.
 *
 * A shell that is neither POSIX nor fish is replaced by one that is. A question that start-up files
 * ask goes to the caller; nothing of ours is typed into it.
 */
export class ShellFinder {
  readonly startUp: StartUpText;
  readonly #stack: InterpreterStack;
  readonly #typist: Typist;
  readonly #host: HostWord;
  #note: string | undefined;
  #careful: Interpreter | undefined;
  #isJudging = false;
  /** Printable keys of the terminal, as the host reported them last. */
  #keys = "";
  #areKeysReset = false;

  constructor(stack: InterpreterStack, typist: Typist, host: HostWord) {
    this.#stack = stack;
    this.#typist = typist;
    this.#host = host;
    this.startUp = new StartUpText({
      canBeJudged: host.startUp !== undefined,
      answerMs: host.answerMs,
    });
  }

  /** A note for list_sessions about a login shell that was replaced. */
  get note(): string | undefined {
    return this.#note;
  }

  /** Takes what is printed while no shell is known. */
  read(raw: string): void {
    this.#typist.reply(this.startUp.write(raw));
  }

  /**
   * The top interpreter's command asks at a shell's prompt: that shell becomes the new top. Where only the
   * look of it says so, the first line typed harms no other reader.
   */
  adopt(proof: "proven" | "guessed"): Interpreter {
    this.startUp.reset();
    const interpreter = this.#stack.push();
    if (proof === "proven") this.probe(interpreter);
    else this.#probeCarefully(interpreter);
    return interpreter;
  }

  #probeCarefully(interpreter: Interpreter): void {
    interpreter.dispatch({ kind: "prompted" });
    this.#careful = interpreter;
    this.#typist.line(carefulLine(interpreter.nonce));
  }

  /** Marker Q: a shell ran the careful line. */
  onCareful(interpreter: Interpreter): void {
    if (this.#careful !== interpreter) return;
    this.#careful = undefined;
    this.#typist.probe(interpreter.nonce);
  }

  /** Asks what reads the line. */
  probe(interpreter: Interpreter): void {
    if (!interpreter.dispatch({ kind: "prompted" })) return;
    this.startUp.onProbe();
    this.#typist.probe(interpreter.nonce, interpreter.state.probes);
  }

  /** Marker K or F: the answer. */
  onAnswer(interpreter: Interpreter, letter: "K" | "F", fields: string): void {
    const identity = letter === "K" ? identify(fields) : identifyFish(fields);
    const isLate = interpreter.state.phase.kind === "starting" && interpreter.state.fallbacks === 0;
    const isAwaited = interpreter.state.phase.kind === "probing" || isLate;
    if (identity === undefined || !isAwaited) return;
    if (interpreter.state.fallbacks > 0 && this.#stack.depth === 0) {
      this.#note = fallbackNote(identity);
    }
    // The same process answers: `exec bash` put another shell in the place of the one we knew.
    const replaced = this.#stack.replacedBy(interpreter, identity);
    if (replaced !== undefined) this.#stack.remove(replaced);
    replaced?.state.run?.exit({ exitStatus: 0, exitSignal: null, note: "exec replaced the shell" });
    const { shellKind } = identity;
    if (MUTE_SHELLS.has(shellKind) && interpreter.state.fallbacks === 0) {
      interpreter.dispatch({ kind: "unidentified" });
      return;
    }
    interpreter.dispatch({ kind: "identified", identity });
    if (interpreter.state.depth > 0) this.#typist.line(selfLine(shellKind, interpreter.nonce));
    this.#typist.line(interpreter.dialect.setup(interpreter.nonce));
  }

  /** The terminal or the prompt is not as set-up left it. */
  prepareAgain(interpreter: Interpreter): void {
    const { phase } = interpreter.state;
    const sane = phase.kind === "unprepared" && phase.terminal === "raw" ? " stty sane;" : "";
    interpreter.dispatch({ kind: "set-up-typed" });
    this.#typist.line(sane + interpreter.dialect.setup(interpreter.nonce));
  }

  /** Silence before the first prompt: a question for the caller, or a prompt. */
  onQuietStart(interpreter: Interpreter, waiting: CommandRun | undefined): void {
    if (this.#stack.depth === 0 && this.startUp.needsJudgement) return void this.#judge();
    if (this.startUp.judgement === "multiplexer") return this.#leaveMultiplexer();
    const { question } = this.startUp;
    if (question === undefined) return this.#probeWithKeys(interpreter);
    const canBePrompt = this.#stack.depth === 0 && interpreter.state.probes <= DEAF_PROBES;
    const isUnjudged = question.kind === "text" && this.startUp.judgement === "none";
    if (canBePrompt && isUnjudged) void this.#judge();
    else waiting?.askAtStartUp(question, this.startUp.finishedLines);
  }

  /** Silence after the probe; returns why it is given up, if it is. */
  onQuietProbe(interpreter: Interpreter, waiting: CommandRun | undefined): SshError | undefined {
    const isHeard = interpreter.state.phase.kind === "probing" && interpreter.state.phase.heard;
    const isDeaf = this.startUp.lineEditor === "seen" && this.#stack.depth === 0;
    if (isDeaf && interpreter.state.probes === DEAF_PROBES) {
      // It may hold our lines as unfinished ones, and may lose what follows ^C at once.
      interpreter.dispatch({ kind: "line-dropped" });
      this.#typist.dropLine();
      return undefined;
    }
    if (isHeard || (isDeaf && interpreter.state.probes > DEAF_PROBES)) {
      interpreter.dispatch({ kind: "unidentified" });
      return this.replaceForeign(interpreter);
    }
    if (this.#stack.depth > 0) return this.#abandon(interpreter);
    if (interpreter.state.probes >= MAX_PROBES) return deafReader(this.startUp.line);
    // Something in the start-up files read the probe as its answer, and asks or prompts again.
    if (!this.startUp.hasLine) this.startUp.onTyped();
    interpreter.dispatch({ kind: "replaced" });
    this.onQuietStart(interpreter, waiting);
    return undefined;
  }

  /** Set-up was typed and not answered: perhaps another shell reads by now. */
  onQuietSetUp(interpreter: Interpreter): SshError | undefined {
    interpreter.dispatch({ kind: "set-up-unanswered" });
    if (interpreter.state.unansweredSetUps < MAX_SET_UPS) this.probe(interpreter);
    else return this.replaceForeign(interpreter);
    return undefined;
  }

  /** Starts a POSIX shell from one that is not; returns why not, when that failed before. */
  replaceForeign(interpreter: Interpreter): SshError | undefined {
    if (interpreter.state.fallbacks === MAX_FALLBACKS) return this.#abandon(interpreter);
    interpreter.dispatch({ kind: "fallback-typed" });
    this.startUp.reset();
    this.#typist.fallback(interpreter.state.fallbacks);
    return undefined;
  }

  /** Under `stty intr x` no line with an `x` can be typed: the terminal gets its usual keys first. */
  #probeWithKeys(interpreter: Interpreter): void {
    const line = resettingLine(this.#keys);
    if (line === undefined || this.#areKeysReset) return this.probe(interpreter);
    this.#areKeysReset = true;
    this.startUp.onTyped();
    this.#typist.line(line);
    this.#host.onJudged();
  }

  /** Has the host say whether the line that stands is a prompt. */
  async #judge(): Promise<void> {
    const { line } = this.startUp;
    this.startUp.judgement = "asked";
    // What was printed since is judged once that answer is in.
    if (this.#isJudging) return;
    this.#isJudging = true;
    const said = await this.#host.startUp?.().catch(() => undefined);
    this.#isJudging = false;
    this.startUp.judgement = this.startUp.line === line ? said?.verdict ?? "unknown" : "none";
    this.#keys = said?.keys ?? "";
    this.#host.onJudged();
  }

  /** Keys typed there would reach a person's session: another shell takes its place. */
  #leaveMultiplexer(): void {
    this.startUp.judgement = "busy";
    this.#host.replace?.();
  }

  /** Gives up on the reader and leaves it running. */
  #abandon(interpreter: Interpreter): SshError {
    if (this.#stack.depth === 0) return noPosixShell(this.startUp.said);
    this.#stack.remove(interpreter);
    const { run } = this.#stack.top.state;
    // Nothing is typed to it again.
    if (run?.question !== undefined) run.ask({ ...run.question, kind: "text" });
    return notAShell(run?.command);
  }
}

function fallbackNote(identity: Identity): string {
  return `the login shell ${identity.loginShell} cannot tell the ends of its commands; ` +
    `commands run in ${identity.shellKind} started from it`;
}
