import type { SshError } from "../../errors.ts";
import type { Identity } from "./start_up/dialects.ts";
import type { ToldStatus } from "./exit_status.ts";
import type { NestedPlace, ShellFacts } from "../shell.ts";
import { Level } from "./level.ts";
import { endedUntold, SHELL_ENDED } from "./shell_errors.ts";

/** The interpreters on one pty, the login shell first; only the last one reads what is typed. */
export class Levels {
  readonly #levels: Level[] = [new Level({ kind: "starting" })];

  /** The login shell. */
  get login(): Level {
    return this.#levels[0]!;
  }

  /** The one that reads what is typed. */
  get top(): Level {
    return this.#levels.at(-1)!;
  }

  /** All of them, the login shell first. */
  get all(): readonly Level[] {
    return this.#levels;
  }

  /** Shells inside the login shell. */
  get depth(): number {
    return this.#levels.length - 1;
  }

  /** Process ids, the login shell's first; undefined for a shell that did not tell. */
  get pids(): readonly (string | undefined)[] {
    return this.#levels.map(({ identity }) => identity?.pid);
  }

  /** What list_sessions tells; `note` is what differs from the plain case. */
  facts(note: string | undefined): ShellFacts {
    return {
      shellKind: this.top.identity?.shellKind ?? "starting",
      depth: this.depth,
      ...whereOf(this.top),
      ...(this.login.cwd === undefined ? {} : { loginCwd: this.login.cwd }),
      ...(note === undefined ? {} : { note }),
    };
  }

  /** The level whose own nonce this is, or whose command's password prompt it marks. */
  owner(nonce: string): Level | undefined {
    return this.#levels.find((level) =>
      level.nonce === nonce || level.run?.passwordNonce === nonce
    );
  }

  /** A shell that runs inside the top one. */
  push(): Level {
    const level = new Level({ kind: "starting" });
    level.depth = this.#levels.length;
    this.#levels.push(level);
    return level;
  }

  /** Takes back a level that turned out to be no shell. */
  remove(level: Level): void {
    this.#levels.splice(this.#levels.indexOf(level), 1);
    for (const [depth, left] of this.#levels.entries()) left.depth = depth;
  }

  /** The level in whose place `level` answers: `exec` keeps the process id. */
  replacedBy(level: Level): Level | undefined {
    const below = this.#levels[this.#levels.indexOf(level) - 1];
    return isSameProcess(below?.identity, level.identity) ? below : undefined;
  }

  /** The shells inside `level` are gone: it speaks again. */
  leaveAbove(level: Level, status: ToldStatus): void {
    while (this.top !== level) {
      const left = this.#levels.pop()!;
      left.phase = { kind: "ended" };
      left.run?.exit({ ...status, ...whereOf(level) });
    }
  }

  /** The pty is gone, with a status or a fault. */
  end(how: ToldStatus | SshError): void {
    for (const level of [...this.#levels].reverse()) {
      const { phase, run } = level;
      level.dispatch({ kind: "ended" });
      if (how instanceof Error) run?.fail(how, "lost");
      // It may have read the line and been killed before it told so.
      else if (phase.kind === "running" && !phase.begun) run?.fail(endedUntold(), "lost");
      else run?.exit({ ...how, note: SHELL_ENDED });
    }
    this.#levels.length = 1;
  }
}

/** A process id alone may be that of another namespace, or of another host. */
function isSameProcess(one: Identity | undefined, other: Identity | undefined): boolean {
  return one !== undefined && one.pid === other?.pid && one.process === other.process;
}

/** The directory of a level, where it told one, and what it is when it is not the login shell. */
export function whereOf({ cwd, depth, self }: Level): { cwd?: string; nested?: NestedPlace } {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    ...(depth === 0 ? {} : { nested: { depth, ...self } }),
  };
}
