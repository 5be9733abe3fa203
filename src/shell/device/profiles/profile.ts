import type { LinePattern } from "./line_pattern.ts";

/** The state of the CLI, by its prompt. */
export type PromptLevel = "exec" | "privileged" | "config";

/**
 * One shape of a whole prompt line.
 *
 * Group `host` holds the host name; `hostView` holds it with a view behind a hyphen; `mode` names
 * the mode where the prompt does.
 */
export interface PromptShape {
  readonly level: PromptLevel;
  readonly match: LinePattern;
}

/** A pager's whole line and its keys. */
export interface Pager {
  readonly match: LinePattern;
  /** Types the next page, or leaves a pager that is at the end. */
  readonly next: string;
  readonly quit: string;
  /** Rows straight above it that only fill the screen, such as less's "~". */
  readonly filler?: LinePattern | undefined;
  /** "line-end": it may follow output on the same row (FRR breaks pages inside long lines). */
  readonly place: "line" | "line-end";
}

/** A question before a device's first prompt, and its answer. */
export interface LoginAnswer {
  readonly match: LinePattern;
  /** Keys, or what the SSH login was made with. */
  readonly send: string | { readonly given: "user" | "password" };
}

/** A line typed once per shell, for this shell only; its failure is not fatal. */
export interface SetupLine {
  readonly send: string;
  /** Typed when the prompt is at least at this level. */
  readonly level: "exec" | "privileged";
}

/** The dialogue that leads to privileged mode. */
export interface EnableDialogue {
  /** The line to type, where the caller names none. */
  readonly send: string;
  readonly password: LinePattern;
  readonly username: LinePattern;
  readonly noPassword: LinePattern;
  readonly fail: LinePattern;
  /** The device's message when it worked, where its prompt stays the same. */
  readonly done?: LinePattern | undefined;
}

/** How a family is found; the steps are taken in this order until one family is left. */
export interface Detection {
  /** Software part of the SSH identification string (RFC 4253 §4.2). */
  readonly ident?: LinePattern | undefined;
  /** Text that the product itself prints at login; an operator's banner must not look like it. */
  readonly banner?: LinePattern | undefined;
  /** A prompt that other families with the same shapes do not have. */
  readonly prompt?: LinePattern | undefined;
  /** A harmless line whose answer names the product. */
  readonly probe: string;
  /** The product's name in the answer to the probe. */
  readonly answer?: LinePattern | undefined;
}

/** One family of network devices: data only. */
export interface DeviceProfile {
  /** Lower case, such as "ios". */
  readonly id: string;
  /** Other names that callers know it by. */
  readonly aliases: readonly string[];
  /** Product name. */
  readonly title: string;
  readonly detect: Detection;
  readonly prompts: readonly PromptShape[];
  /** Lines above the prompt that belong to it; group `mode` names the mode. */
  readonly headers: readonly LinePattern[];
  readonly login: readonly LoginAnswer[];
  readonly setup: readonly SetupLine[];
  /** Absent where there is no privileged mode. */
  readonly enable?: EnableDialogue | undefined;
  readonly pagers: readonly Pager[];
  /** Questions beyond the common ones; they go back to the caller. */
  readonly confirms: readonly LinePattern[];
  /** First line of the device's own error report. */
  readonly errors: readonly LinePattern[];
  /** Lines after which text is typed without a prompt, such as "Enter TEXT message". */
  readonly textInput: readonly LinePattern[];
  /** Ends a typed line. */
  readonly enter: string;
  /** Stops a running command; Ctrl-C where absent. */
  readonly interrupt?: string | undefined;
  /**
   * May show its prompt before the output: a prompt counts once it echoes a space ("fenced"), or,
   * where no output came yet, once it stands longer ("waited").
   */
  readonly earlyPrompt?: "fenced" | "waited" | undefined;
  /** An empty line does something, such as to log out of a menu: none is ever typed. */
  readonly emptyLineActs: boolean;
  /** "?" acts as it is typed and leaves the rest of the line standing. */
  readonly helpsAtOnce: boolean;
  /** Behind the user name at login, turns colours and paging off. */
  readonly userSuffix?: string | undefined;
}
