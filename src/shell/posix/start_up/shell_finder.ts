import type { SshError } from "../../../errors.ts";
import { carefulLine, identify, identifyFish, type Identity, selfLine } from "./dialects.ts";
import type { Level } from "../level.ts";
import type { Levels } from "../interpreters.ts";
import type { StartUpVerdict } from "../readers/reader_verdict.ts";
import { LoginText } from "./start_up_text.ts";
import type { Run } from "../command_run.ts";
import { deafReader, noPosixShell, notAShell } from "../shell_errors.ts";
import type { Typist } from "../typist.ts";

const MAX_FALLBACKS = 2;
/** What prompts again after so many probes and ran none is no shell. */
export const MAX_PROBES = 5;
/** A shell that leaves so many set-up lines unanswered cannot take them. */
const MAX_SET_UPS = 3;
/** A line editor that takes so many probes and runs none: elvish and xonsh parse a whole line first. */
const DEAF_PROBES = 3;

/** What the host itself can tell of its login shell, beside the terminal. */
export interface HostWord {
  /** Undefined where it cannot be asked. */
  readonly startUp?: (() => Promise<StartUpVerdict>) | undefined;
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
  readonly login: LoginText;
  readonly #levels: Levels;
  readonly #typist: Typist;
  readonly #host: HostWord;
  #note: string | undefined;
  #careful: Level | undefined;
  #isJudging = false;

  constructor(levels: Levels, typist: Typist, host: HostWord) {
    this.#levels = levels;
    this.#typist = typist;
    this.#host = host;
    this.login = new LoginText({
      canBeJudged: host.startUp !== undefined,
      answerMs: host.answerMs,
    });
  }

  /** What list_sessions tells of a login shell that was replaced. */
  get note(): string | undefined {
    return this.#note;
  }

  /** Takes what is printed while no shell is known. */
  read(raw: string): void {
    this.#typist.reply(this.login.write(raw));
  }

  /**
   * The top level's command asks at a shell's prompt: that shell becomes the new top. Where only the
   * look of it says so, the first line typed harms no other reader.
   */
  adopt(proof: "proven" | "guessed"): Level {
    this.login.reset();
    const level = this.#levels.push();
    if (proof === "proven") this.probe(level);
    else this.#probeCarefully(level);
    return level;
  }

  #probeCarefully(level: Level): void {
    level.probes += 1;
    level.dispatch({ kind: "prompted" });
    this.#careful = level;
    this.#typist.line(carefulLine(level.nonce));
  }

  /** Marker Q: a shell ran the careful line. */
  onCareful(level: Level): void {
    if (this.#careful !== level) return;
    this.#careful = undefined;
    this.#typist.probe(level.nonce);
  }

  /** Asks what reads the line. */
  probe(level: Level): void {
    level.probes += 1;
    if (!level.dispatch({ kind: "prompted" })) return;
    this.login.onProbe();
    this.#typist.probe(level.nonce);
  }

  /** Marker K or F: the answer. */
  onAnswer(level: Level, letter: "K" | "F", fields: string): void {
    const identity = letter === "K" ? identify(fields) : identifyFish(fields);
    const isLate = level.phase.kind === "starting" && level.fallbacks === 0;
    const isAwaited = level.phase.kind === "probing" || isLate;
    if (identity === undefined || !isAwaited) return;
    level.identity = identity;
    level.flags = identity.flags;
    if (level.fallbacks > 0 && this.#levels.depth === 0) this.#note = fallbackNote(identity);
    // The same process answers: `exec bash` put another shell in the place of the one we knew.
    const replaced = this.#levels.replacedBy(level);
    if (replaced !== undefined) this.#levels.remove(replaced);
    replaced?.run?.exit({ exitStatus: 0, exitSignal: null, note: "exec replaced the shell" });
    level.dispatch({ kind: "identified" });
    const { shellKind } = level.identity;
    if (level.depth > 0) this.#typist.line(selfLine(shellKind, level.nonce));
    this.#typist.line(level.dialect.setup(level.nonce));
  }

  /** The terminal or the prompt is not as set-up left it. */
  prepareAgain(level: Level): void {
    const { phase } = level;
    const sane = phase.kind === "unprepared" && phase.terminal === "raw" ? " stty sane;" : "";
    level.dispatch({ kind: "set-up-typed" });
    this.#typist.line(sane + level.dialect.setup(level.nonce));
  }

  /** Silence before the first prompt: a question for the caller, or a prompt. */
  onQuietStart(level: Level, waiting: Run | undefined): void {
    if (this.#levels.depth === 0 && this.login.needsJudgement) return void this.#judge();
    if (this.login.judgement === "multiplexer") return this.#leaveMultiplexer();
    const { question } = this.login;
    if (question === undefined) return this.probe(level);
    const canBePrompt = this.#levels.depth === 0 && level.probes <= DEAF_PROBES;
    const isUnjudged = question.kind === "text" && this.login.judgement === "none";
    if (canBePrompt && isUnjudged) void this.#judge();
    else waiting?.askAtLogin(question, this.login.finishedLines);
  }

  /** Silence after the probe; returns why it is given up, if it is. */
  onQuietProbe(level: Level, waiting: Run | undefined): SshError | undefined {
    const isHeard = level.phase.kind === "probing" && level.phase.heard;
    const isDeaf = this.login.lineEditor === "seen" && this.#levels.depth === 0;
    if (isDeaf && level.probes === DEAF_PROBES) {
      // It may hold our lines as unfinished ones, and may lose what follows ^C at once.
      level.probes += 1;
      this.#typist.dropLine();
      return undefined;
    }
    if (isHeard || (isDeaf && level.probes > DEAF_PROBES)) {
      level.dispatch({ kind: "unidentified" });
      return this.replaceForeign(level);
    }
    if (this.#levels.depth > 0) return this.#abandon(level);
    if (level.probes >= MAX_PROBES) return deafReader(this.login.line);
    // Something in the start-up files read the probe as its answer, and asks or prompts again.
    level.dispatch({ kind: "replaced" });
    this.onQuietStart(level, waiting);
    return undefined;
  }

  /** Set-up was typed and not answered: perhaps another shell reads by now. */
  onQuietSetUp(level: Level): SshError | undefined {
    level.unansweredSetUps += 1;
    level.phase = { kind: "starting" };
    if (level.unansweredSetUps < MAX_SET_UPS) this.probe(level);
    else return this.replaceForeign(level);
    return undefined;
  }

  /** Starts a POSIX shell from one that is not; returns why not, when that failed before. */
  replaceForeign(level: Level): SshError | undefined {
    if (level.fallbacks === MAX_FALLBACKS) return this.#abandon(level);
    level.fallbacks += 1;
    level.probes = 0;
    level.unansweredSetUps = 0;
    level.dispatch({ kind: "replaced" });
    this.login.reset();
    this.#typist.fallback(level.fallbacks);
    return undefined;
  }

  /** Has the host say whether the line that stands is a prompt. */
  async #judge(): Promise<void> {
    const { line } = this.login;
    this.login.judgement = "asked";
    // What was printed since is judged once that answer is in.
    if (this.#isJudging) return;
    this.#isJudging = true;
    const said = await this.#host.startUp?.().catch(() => undefined);
    this.#isJudging = false;
    this.login.judgement = this.login.line === line ? said ?? "unknown" : "none";
    this.#host.onJudged();
  }

  /** What is typed there would reach the session of a person: another shell takes its place. */
  #leaveMultiplexer(): void {
    this.login.judgement = "busy";
    this.#host.replace?.();
  }

  /** What runs is left alone. */
  #abandon(level: Level): SshError {
    if (this.#levels.depth === 0) return noPosixShell(this.login.said);
    this.#levels.remove(level);
    const { run } = this.#levels.top;
    // Nothing is typed to it again.
    if (run?.question !== undefined) run.ask({ ...run.question, kind: "text" });
    return notAShell(run?.command);
  }
}

function fallbackNote(identity: Identity): string {
  return `the login shell ${identity.loginShell} cannot tell the ends of its commands; ` +
    `commands run in ${identity.shellKind} started from it`;
}
